namespace ScriptProxy;

/// <summary>An addon asked for a body that is longer than the body limit (--body-limit). The flow is answered 413 (request) or 502 (response) unless the addon catches it.</summary>
public sealed class BodyTooLargeException : IOException
{
    /// <summary>Makes the exception with a general message.</summary>
    public BodyTooLargeException()
        : base("The body is longer than the body limit.")
    {
    }

    /// <summary>Makes the exception with a message of its own.</summary>
    public BodyTooLargeException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and a cause.</summary>
    public BodyTooLargeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
