namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>A PAC script cannot be had, does not run, or says nothing that can be followed. The message is one line for people.</summary>
internal sealed class PacException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether the script took too long: its thread is lost for as long as it goes on.</summary>
    public bool DidNotReturn { get; init; }
}
