namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>A truststore cannot be made. The message is one line: which file, what is wrong with it, and the remedy.</summary>
internal sealed class TruststoreException(string message, Exception? innerException = null) : Exception(message, innerException);
