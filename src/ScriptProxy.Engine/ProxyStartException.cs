namespace ScriptProxy.Engine;

/// <summary>The proxy cannot start; the message is one line that names what is wrong and the remedy.</summary>
public sealed class ProxyStartException : Exception
{
    /// <summary>Makes the exception with a general message.</summary>
    public ProxyStartException()
        : base("The proxy cannot start.")
    {
    }

    /// <summary>Makes the exception with a message of its own.</summary>
    public ProxyStartException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and a cause.</summary>
    public ProxyStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
