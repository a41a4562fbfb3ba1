namespace ScriptProxy.Engine.Certificates;

/// <summary>A file of --upstream-ca or a host of --insecure-upstream cannot be used. The message is one line: which, what is wrong with it, and the remedy.</summary>
internal sealed class UpstreamTrustException(string message, Exception? innerException = null) : Exception(message, innerException);
