namespace ScriptProxy;

/// <summary>What a client offers in TLS (RFC 8446 §4.1.2), before anything is answered. Not thread-safe.</summary>
public sealed class TlsClientHello
{
    internal TlsClientHello(ClientConnection client, string host, int port)
    {
        Client = client;
        Host = host;
        Port = port;
    }

    /// <summary>Who offers it.</summary>
    public ClientConnection Client { get; }

    /// <summary>Where the client asked to go, before TLS.</summary>
    public string Host { get; }

    /// <summary>Where the client asked to go, before TLS.</summary>
    public int Port { get; }

    /// <summary>The host name of the server_name extension (RFC 6066 §3), in lower case; null when absent.</summary>
    public string? ServerName { get; internal init; }

    /// <summary>The ALPN names offered (RFC 7301), in order; empty when absent.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; internal init; } = [];

    /// <summary>The TLS versions offered, as wire numbers such as 0x0304, GREASE values left out.</summary>
    public IReadOnlyList<int> Versions { get; internal init; } = [];

    /// <summary>The cipher suites offered, as wire numbers, in order, GREASE values left out.</summary>
    public IReadOnlyList<int> CipherSuites { get; internal init; } = [];

    /// <summary>
    /// Whether the encrypted_client_hello extension (RFC 9849) was sent. <see cref="ServerName"/> may then be that of the provider, and the real name hidden;
    /// but many clients send a meaningless one with every hello, and the name is real.
    /// </summary>
    public bool HasEncryptedClientHello => Fingerprint.Extensions.Contains(TlsFingerprint.EncryptedClientHelloExtension);

    /// <summary>The client's JA3 fingerprint: an MD5 in hex over version, cipher suites, extensions, groups and point formats in wire order.</summary>
    public string Ja3 => Fingerprint.Ja3;

    /// <summary>The client's JA4 fingerprint, such as "t13d1516h2_8daaf6152771_e5627efa2ab1"; unlike JA3 it does not change when a client shuffles its extensions.</summary>
    public string Ja4 => Fingerprint.Ja4;

    /// <summary>What the fingerprints are computed from, when somebody asks for them.</summary>
    internal TlsFingerprint Fingerprint { get; init; } = new();

    /// <summary>What will happen; <see cref="ConnectDecision.Default"/> leaves it to OnConnect and the options.</summary>
    public ConnectDecision Decision { get; private set; }

    /// <summary>Why it was denied; null while it was not.</summary>
    public string? DenyReason { get; private set; }

    /// <summary>Ends TLS here and reads the traffic.</summary>
    public void Intercept() => Decision = ConnectDecision.Intercept;

    /// <summary>Relays the bytes unread, ClientHello included.</summary>
    public void Tunnel() => Decision = ConnectDecision.Tunnel;

    /// <summary>Closes the connection with a TLS alert (access_denied).</summary>
    public void Deny(string reason)
    {
        Decision = ConnectDecision.Deny;
        DenyReason = reason;
    }
}
