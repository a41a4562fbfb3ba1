namespace ScriptProxy.Engine.Http2;

/// <summary>Why a stream or a connection was ended (RFC 9113 §7).</summary>
internal enum ErrorCode
{
    /// <summary>No error: nothing more is wanted.</summary>
    NoError = 0,

    /// <summary>The protocol was violated.</summary>
    ProtocolError = 1,

    /// <summary>Something failed within.</summary>
    InternalError = 2,

    /// <summary>More was sent than there was credit for.</summary>
    FlowControlError = 3,

    /// <summary>Settings were not acknowledged.</summary>
    SettingsTimeout = 4,

    /// <summary>A frame came for a stream that had ended.</summary>
    StreamClosed = 5,

    /// <summary>A frame has a length it must not have.</summary>
    FrameSizeError = 6,

    /// <summary>The stream was not looked at: it may be repeated.</summary>
    RefusedStream = 7,

    /// <summary>Nobody waits for it any more.</summary>
    Cancel = 8,

    /// <summary>Field blocks cannot be decoded any more.</summary>
    CompressionError = 9,

    /// <summary>The connection made by CONNECT broke.</summary>
    ConnectError = 10,

    /// <summary>The other side behaves like an attacker.</summary>
    EnhanceYourCalm = 11,

    /// <summary>The TLS below is not good enough.</summary>
    InadequateSecurity = 12,

    /// <summary>HTTP/1.1 is to be used.</summary>
    Http11Required = 13,
}
