namespace ScriptProxy.Engine;

/// <summary>A configuration that cannot be read. The message is one line with place and remedy.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
