namespace ScriptProxy.Engine.Certificates;

/// <summary>A file of --upstream-ca cannot be used. The message is one line: the file, what is wrong with it, and the remedy.</summary>
internal sealed class UpstreamTrustException(string message, Exception? innerException = null) : Exception(message, innerException);
