namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>How a try ended that did not bring a response.</summary>
internal enum TryFailure
{
    /// <summary>It is nobody's fault upstream: the client left, an addon failed, the response is no HTTP. Never tried again.</summary>
    Other,

    /// <summary>No connection: refused, unreachable, too slow, no TLS. Nothing of the request was sent.</summary>
    Connect,

    /// <summary>The connection ended before the response began.</summary>
    Reset,

    /// <summary>The endpoint said that it had not begun (HTTP/2 REFUSED_STREAM, GOAWAY): sending again cannot do harm.</summary>
    RefusedStream,

    /// <summary>The per-try timeout was over.</summary>
    Timeout,

    /// <summary>What came was no response. Never tried again.</summary>
    Malformed,
}
