namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>What is spoken to an upstream.</summary>
internal enum UpstreamKind
{
    /// <summary>HTTP, as to a proxy.</summary>
    HttpProxy,

    /// <summary>The same within TLS.</summary>
    HttpsProxy,

    /// <summary>SOCKS5 (RFC 1928); names are resolved here.</summary>
    Socks5,

    /// <summary>SOCKS5; names are resolved there.</summary>
    Socks5Remote,

    /// <summary>Nothing: a PAC script chooses one of the others.</summary>
    Pac,
}
