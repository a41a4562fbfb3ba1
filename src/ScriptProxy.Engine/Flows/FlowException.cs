namespace ScriptProxy.Engine.Flows;

/// <summary>A flow cannot go on; carries what everyone is told about it. Only the pipeline catches it.</summary>
internal sealed class FlowException : Exception
{
    public FlowException(FlowError error, Exception? cause = null)
        : base(error.Message, cause)
    {
        Error = error;
    }

    public FlowError Error { get; }

    /// <summary>Whether the client's connection itself is at fault and gone, so that nothing can be answered.</summary>
    public bool ClientIsGone { get; init; }

    /// <summary>Whether the connection failed before the upstream can have acted on the request.</summary>
    public bool BeforeResponse { get; init; }

    /// <summary>Whether it is a proxy that cannot be reached, so that another one may be tried.</summary>
    public bool ProxyIsDown { get; init; }

    /// <summary>Whether the upstream said that it has not looked at the request, which may then be repeated whatever it is (RFC 9113 §8.7).</summary>
    public bool WasNotProcessed { get; init; }

    /// <summary>The code of the HTTP/2 reset that ended it (RFC 9113 §7); null where there was none.</summary>
    public int? ResetCode { get; init; }

    public static FlowException ClientGone(Exception? cause = null) =>
        new(FlowErrors.ClientGone, cause) { ClientIsGone = true };
}
