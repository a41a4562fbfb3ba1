namespace ScriptProxy.Cli.Clients;

/// <summary>An environment variable of a client.</summary>
internal readonly record struct ClientVariable(string Name, string Value);
