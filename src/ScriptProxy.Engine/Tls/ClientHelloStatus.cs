namespace ScriptProxy.Engine.Tls;

/// <summary>What a client's first bytes are.</summary>
internal enum ClientHelloStatus
{
    /// <summary>Not TLS, or SSL 2 or older.</summary>
    NotTls,

    /// <summary>TLS so far; the ClientHello is not complete.</summary>
    NeedMore,

    /// <summary>A complete, well-formed ClientHello.</summary>
    Complete,

    /// <summary>TLS, but not a ClientHello that any server may accept (RFC 8446 §4.1.2, §6.2 decode_error), or a longer one than we read.</summary>
    Malformed,
}
