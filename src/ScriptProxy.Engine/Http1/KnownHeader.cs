using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>Fields that decide framing or belong to one connection only; everything else is none of the proxy's business.</summary>
internal enum KnownHeader : byte
{
    /// <summary>Any other field.</summary>
    Other,

    /// <summary>Host (RFC 9110 §7.2).</summary>
    Host,

    /// <summary>Content-Length (RFC 9110 §8.6).</summary>
    ContentLength,

    /// <summary>Transfer-Encoding (RFC 9112 §6.1).</summary>
    TransferEncoding,

    /// <summary>Connection (RFC 9110 §7.6.1).</summary>
    Connection,

    /// <summary>Keep-Alive (RFC 2068 §19.7.1).</summary>
    KeepAlive,

    /// <summary>Proxy-Connection, which old clients send.</summary>
    ProxyConnection,

    /// <summary>Proxy-Authorization (RFC 9110 §11.7.2).</summary>
    ProxyAuthorization,

    /// <summary>TE (RFC 9110 §10.1.4).</summary>
    Te,

    /// <summary>Upgrade (RFC 9110 §7.8).</summary>
    Upgrade,

    /// <summary>HTTP2-Settings (RFC 7540 §3.2.1).</summary>
    Http2Settings,

    /// <summary>Expect (RFC 9110 §10.1.1).</summary>
    Expect,

    /// <summary>Trailer (RFC 9110 §6.6.2).</summary>
    Trailer,
}

/// <summary>Recognizes <see cref="KnownHeader"/>s by length first, so that most names cost one comparison of an integer.</summary>
internal static class KnownHeaders
{
    public static KnownHeader Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Is(name, "te"u8) => KnownHeader.Te,
        4 when Is(name, "host"u8) => KnownHeader.Host,
        6 when Is(name, "expect"u8) => KnownHeader.Expect,
        7 when Is(name, "upgrade"u8) => KnownHeader.Upgrade,
        7 when Is(name, "trailer"u8) => KnownHeader.Trailer,
        10 when Is(name, "connection"u8) => KnownHeader.Connection,
        10 when Is(name, "keep-alive"u8) => KnownHeader.KeepAlive,
        14 when Is(name, "content-length"u8) => KnownHeader.ContentLength,
        14 when Is(name, "http2-settings"u8) => KnownHeader.Http2Settings,
        16 when Is(name, "proxy-connection"u8) => KnownHeader.ProxyConnection,
        17 when Is(name, "transfer-encoding"u8) => KnownHeader.TransferEncoding,
        19 when Is(name, "proxy-authorization"u8) => KnownHeader.ProxyAuthorization,
        _ => KnownHeader.Other,
    };

    public static KnownHeader Find(string name) =>
        name.Length is >= 2 and <= 19 && Ascii.IsValid(name) ? Find(Encoding.ASCII.GetBytes(name)) : KnownHeader.Other;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase) => Ascii.EqualsIgnoreCase(name, lowerCase);
}
