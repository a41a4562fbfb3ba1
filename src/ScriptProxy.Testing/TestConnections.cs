using System.Net;

namespace ScriptProxy.Testing;

/// <summary>What hooks of connections are given, without connections.</summary>
public static class TestConnections
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 8080);

    private static int LastClient;

    /// <summary>A client that has connected.</summary>
    /// <param name="address">Where it calls from; null means 127.0.0.1 and some port.</param>
    public static ClientConnection Client(IPEndPoint? address = null)
    {
        var number = Interlocked.Increment(ref LastClient);
        return new ClientConnection($"c{number:x}", address ?? new IPEndPoint(IPAddress.Loopback, 49152 + number % 16384), Proxy, DateTimeOffset.UtcNow);
    }

    /// <summary>A client that gives a user and a password to the proxy.</summary>
    /// <param name="user">The user it claims to be.</param>
    /// <param name="password">The proof.</param>
    /// <param name="client">Who gives them; null for one of its own.</param>
    public static ProxyAuthentication Authentication(string user, string password, ClientConnection? client = null) => new(client ?? Client(), user, password);

    /// <summary>A client that asks for a tunnel with CONNECT.</summary>
    /// <param name="host">A DNS name or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="client">Who asks; null for one of its own.</param>
    /// <param name="headers">The header lines of the CONNECT request.</param>
    public static ConnectFlow Connect(string host, int port = 443, ClientConnection? client = null, params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var block = new Engine.Http1.HeaderBlock();
        foreach (var (name, value) in headers) block.Add(name, value);
        return new ConnectFlow(client ?? Client(), block, host, port);
    }

    /// <summary>A client that offers TLS 1.2 and 1.3 as browsers do. Its fingerprints are those of no program.</summary>
    /// <param name="serverName">The name asked for (SNI); null for none.</param>
    /// <param name="port">Where the client asked to go, before TLS; the host is the server name, or 192.0.2.1 without one.</param>
    /// <param name="client">Who offers it; null for one of its own.</param>
    /// <param name="applicationProtocols">What is offered by ALPN, in order; none means no ALPN.</param>
    public static TlsClientHello ClientHello(string? serverName, int port = 443, ClientConnection? client = null, params string[] applicationProtocols)
    {
        ArgumentNullException.ThrowIfNull(applicationProtocols);
        int[] versions = [0x0304, 0x0303];
        int[] cipherSuites = [0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F];
        return new TlsClientHello(client ?? Client(), serverName ?? "192.0.2.1", port)
        {
            ServerName = serverName,
            ApplicationProtocols = [.. applicationProtocols],
            Versions = versions,
            CipherSuites = cipherSuites,
            Fingerprint = new TlsFingerprint { LegacyVersion = 0x0303, Versions = versions, CipherSuites = cipherSuites },
        };
    }

    /// <summary>A TLS handshake that failed.</summary>
    /// <param name="host">Where the client wanted to go, or what was dialled; also the name asked for.</param>
    /// <param name="reason">One line.</param>
    /// <param name="side">With whom it failed.</param>
    /// <param name="alert">The alert that was received, such as 48 for unknown_ca; null for none.</param>
    /// <param name="client">Whose connection it is; null for one of its own.</param>
    public static TlsFailure TlsFailure(string host, string reason, TlsSide side = TlsSide.Client, int? alert = null, ClientConnection? client = null) =>
        new(side, client ?? Client(), host, 443, reason) { ServerName = host, Alert = alert };

    /// <summary>An upstream about to be dialled.</summary>
    /// <param name="host">A DNS name or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether it is spoken to in TLS.</param>
    /// <param name="flow">The flow that needs it; null for a tunnel.</param>
    public static UpstreamConnect Upstream(string host, int port = 443, bool isTls = true, TestFlow? flow = null) =>
        new(flow?.Client ?? Client(), flow?.Flow, host, port, isTls);

    /// <summary>A tunnel that is relayed unread.</summary>
    /// <param name="host">Where it leads.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="client">Who asked for it; null for one of its own.</param>
    /// <param name="cut">Called when an addon cuts it; null for nothing.</param>
    public static TunnelFlow Tunnel(string host, int port = 443, ClientConnection? client = null, Action? cut = null) =>
        new($"t{Interlocked.Increment(ref LastClient):x}", client ?? Client(), host, port, DateTimeOffset.UtcNow, cut ?? (static () => { }));
}
