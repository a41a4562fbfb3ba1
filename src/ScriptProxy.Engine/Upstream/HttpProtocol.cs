namespace ScriptProxy.Engine.Upstream;

/// <summary>What an origin was found to speak.</summary>
internal enum HttpProtocol
{
    /// <summary>Not known yet.</summary>
    Unknown,

    /// <summary>HTTP/1.1, offered both.</summary>
    Http11,

    /// <summary>HTTP/2, offered both.</summary>
    Http2,

    /// <summary>It refuses http/1.1 in the handshake (no_application_protocol).</summary>
    Http2Only,

    /// <summary>It chose HTTP/2 and then asked for HTTP/1.1 (RFC 9113 §7, HTTP_1_1_REQUIRED).</summary>
    Http11Required,
}
