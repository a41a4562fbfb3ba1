namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>A command about the root certificate cannot do what it was asked to; nothing has changed. The message says what is wrong and the remedy.</summary>
internal sealed class CaException(string message, bool isUsage = false, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the command line is to blame.</summary>
    public bool IsUsage => isUsage;
}
