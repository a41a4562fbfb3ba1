namespace ScriptProxy.Testing;

/// <summary>
/// A hook threw or took too long, and may change traffic: in the proxy the flow would now be answered 502. The message is the line that the
/// log would show, such as "mask.csx(12): FormatException: … (in OnRequest)"; the addon's own exception is the inner one.
/// </summary>
public sealed class AddonFailedException : Exception
{
    /// <summary>Makes the exception with a general message.</summary>
    public AddonFailedException()
        : base("A hook failed.")
    {
    }

    /// <summary>Makes the exception with a message of its own.</summary>
    public AddonFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and a cause.</summary>
    public AddonFailedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
