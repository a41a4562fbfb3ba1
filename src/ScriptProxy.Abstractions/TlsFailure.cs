namespace ScriptProxy;

/// <summary>A TLS handshake that failed, on either side. Immutable.</summary>
public sealed class TlsFailure
{
    // RFC 8446 §6.2: bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, unknown_ca.
    private const int FirstCertificateAlert = 42;
    private const int LastCertificateAlert = 46;
    private const int UnknownAuthority = 48;

    internal TlsFailure(TlsSide side, ClientConnection client, string host, int port, string reason)
    {
        Side = side;
        Client = client;
        Host = host;
        Port = port;
        Reason = reason;
    }

    /// <summary>With whom the handshake failed.</summary>
    public TlsSide Side { get; }

    /// <summary>Whose connection it is, or for whom the upstream was dialled.</summary>
    public ClientConnection Client { get; }

    /// <summary>Where the client wanted to go, or what was dialled.</summary>
    public string Host { get; }

    /// <summary>Where the client wanted to go, or what was dialled.</summary>
    public int Port { get; }

    /// <summary>The name asked for (SNI): by the client of us, or by us of the upstream; null when there was none.</summary>
    public string? ServerName { get; internal init; }

    /// <summary>What went wrong, in one line for people. Holds no secrets.</summary>
    public string Reason { get; }

    /// <summary>The alert that the other side sent (RFC 8446 §6), such as 48 for unknown_ca; null when it sent none, or the platform does not say.</summary>
    public int? Alert { get; internal init; }

    /// <summary>Whether the connection was ended in the middle of the handshake without an alert. Programs that pin certificates often do.</summary>
    public bool WasCut { get; internal init; }

    /// <summary>
    /// Whether the client said that it does not accept our certificate: it does not trust our root, or it pins the origin's. An addon that
    /// remembers the host can let the next connection pass as a tunnel.
    /// </summary>
    public bool ClientRejectedCertificate => Side == TlsSide.Client && Alert is (>= FirstCertificateAlert and <= LastCertificateAlert) or UnknownAuthority;
}
