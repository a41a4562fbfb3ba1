namespace ScriptProxy;

/// <summary>When the steps of a flow happened, measured from <see cref="Started"/>.</summary>
public sealed class FlowTimings
{
    internal FlowTimings(DateTimeOffset started) => Started = started;

    /// <summary>When the request head had arrived.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>Until the upstream connection was ready; zero when an open one was used, null when none was needed.</summary>
    public TimeSpan? Connected { get; internal set; }

    /// <summary>Until the response head had arrived; null when none did.</summary>
    public TimeSpan? FirstByte { get; internal set; }

    /// <summary>Until the last byte was sent or the flow failed; null while it is under way.</summary>
    public TimeSpan? Total { get; internal set; }

    /// <summary>Body bytes received from the client, as on the wire without framing.</summary>
    public long RequestBytes { get; internal set; }

    /// <summary>Body bytes sent to the client, as on the wire without framing.</summary>
    public long ResponseBytes { get; internal set; }
}
