namespace ScriptProxy;

/// <summary>What sinks see of a flow: redacted, immutable, safe to keep. The only thing a sink ever gets.</summary>
public sealed record FlowRecord
{
    /// <summary>The flow's identifier.</summary>
    public required string Id { get; init; }

    /// <summary>When the request head had arrived.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>From the request head to the last byte, or to the failure.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The client's address.</summary>
    public required string Client { get; init; }

    /// <summary>Who the client proved to be to the proxy; null without proxy authentication.</summary>
    public string? User { get; init; }

    /// <summary>The request method; "CONNECT" for a tunnel.</summary>
    public required string Method { get; init; }

    /// <summary>The absolute URL with secrets redacted; host:port for a tunnel.</summary>
    public required string Url { get; init; }

    /// <summary>"HTTP/1.1", "HTTP/2.0", …</summary>
    public required string Protocol { get; init; }

    /// <summary>The same for the response of the origin; null when it was not asked, or gave none.</summary>
    public string? OriginProtocol { get; init; }

    /// <summary>The status sent to the client; null when none was.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Body bytes received from the client.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Body bytes sent to the client.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>Why it failed; null while it did not.</summary>
    public FlowError? Error { get; init; }

    /// <summary>What it was sent through and why, such as "corp (routes[0])"; null when no routes are configured and no addon chose.</summary>
    public string? Upstream { get; init; }

    /// <summary>What addons said about it, in no order.</summary>
    public IReadOnlyCollection<string> Tags { get; init; } = [];

    /// <summary>What is known of a tunnel; null for all other flows.</summary>
    public TunnelRecord? Tunnel { get; init; }

    /// <summary>The request's header fields, redacted, in wire order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RequestHeaders { get; init; } = [];

    /// <summary>The response's header fields, redacted, in wire order; empty when there was no response.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];

    /// <summary>The request's body, content codings removed, redacted; null when no sink wants bodies or it passed without being kept in memory.</summary>
    public ReadOnlyMemory<byte>? RequestBody { get; init; }

    /// <summary>The response's body, content codings removed, redacted; null when no sink wants bodies or it passed without being kept in memory.</summary>
    public ReadOnlyMemory<byte>? ResponseBody { get; init; }
}
