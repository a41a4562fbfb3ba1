namespace ScriptProxy.Scripting;

/// <summary>A script that is live.</summary>
/// <param name="Name">What logs call it.</param>
/// <param name="Path">Its file, absolute.</param>
/// <param name="Generation">The generation that its running version first belonged to; counts up with every reload of any addon.</param>
/// <param name="Hooks">The hooks it implements: OnRequest, OnResponse, …</param>
public sealed record LoadedScript(string Name, string Path, int Generation, IReadOnlyList<string> Hooks);
