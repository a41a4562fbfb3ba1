namespace ScriptProxy.Engine.Certificates;

/// <summary>The root certificate cannot be used. The message is one line: the file, what is wrong with it, and the remedy.</summary>
internal sealed class RootCertificateException(string message, Exception? innerException = null) : Exception(message, innerException);
