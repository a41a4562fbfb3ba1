namespace ScriptProxy.Engine.Tls;

/// <summary>What a ClientHello says. Empty until it was read completely. Immutable.</summary>
internal sealed record ClientHelloContent
{
    public static ClientHelloContent Empty { get; } = new();

    /// <summary>The DNS name of the server_name extension in lower case; null when absent or an IP address.</summary>
    public string? ServerName { get; init; }

    /// <summary>The ALPN names in order; bytes outside ASCII as Latin-1.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>The TLS versions offered, most wanted first, without GREASE.</summary>
    public IReadOnlyList<int> Versions { get; init; } = [];

    /// <summary>The cipher suites in order, without GREASE.</summary>
    public IReadOnlyList<int> CipherSuites { get; init; } = [];

    /// <summary>What the client can be told by.</summary>
    public TlsFingerprint Fingerprint { get; init; } = new();

    /// <summary>Whether h2 is among the ALPN names.</summary>
    public bool OffersHttp2 => ApplicationProtocols.Contains("h2");

    /// <summary>What addons see of it.</summary>
    /// <param name="client">Who sent it.</param>
    /// <param name="host">Where the client asked to go before TLS.</param>
    /// <param name="port">Where the client asked to go before TLS.</param>
    public TlsClientHello ToClientHello(ClientConnection client, string host, int port) => new(client, host, port)
    {
        ServerName = ServerName,
        ApplicationProtocols = ApplicationProtocols,
        Versions = Versions,
        CipherSuites = CipherSuites,
        Fingerprint = Fingerprint,
    };
}
