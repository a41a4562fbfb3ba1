namespace ScriptProxy;

/// <summary>How a client reached the proxy: what its listener expects to be spoken.</summary>
public enum ProxyMode
{
    /// <summary>HTTP for a proxy: absolute URLs and CONNECT.</summary>
    Regular,

    /// <summary>SOCKS 5 (RFC 1928).</summary>
    Socks5,

    /// <summary>What the server speaks that the proxy stands in front of.</summary>
    Reverse,

    /// <summary>Anything, led here by the kernel without the client's knowledge.</summary>
    Transparent,
}
