namespace ScriptProxy.Engine.Http2;

/// <summary>The frames of HTTP/2 (RFC 9113 §6).</summary>
internal enum FrameType : byte
{
    /// <summary>Content of a stream.</summary>
    Data = 0,

    /// <summary>A head or trailers, or the beginning of them.</summary>
    Headers = 1,

    /// <summary>Deprecated; ignored.</summary>
    Priority = 2,

    /// <summary>The end of a stream that is not a good one.</summary>
    Reset = 3,

    /// <summary>What the sender can take.</summary>
    Settings = 4,

    /// <summary>Forbidden: we say that we do not want any.</summary>
    PushPromise = 5,

    /// <summary>A question for an echo, or the echo.</summary>
    Ping = 6,

    /// <summary>No further streams.</summary>
    GoAway = 7,

    /// <summary>Credit to send more.</summary>
    WindowUpdate = 8,

    /// <summary>More of a head.</summary>
    Continuation = 9,
}
