namespace ScriptProxy.EndToEnd.Tests.Documents;

/// <summary>A fenced block.</summary>
internal sealed record CodeBlock(string Language, string Text);
