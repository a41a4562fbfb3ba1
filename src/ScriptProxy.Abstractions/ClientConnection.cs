using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy;

/// <summary>A client's connection to the proxy. One object from accept to close; safe to read from any thread.</summary>
public sealed class ClientConnection
{
    private readonly ClientConnection? _carrier;
    private ConcurrentDictionary<string, object?>? _metadata;

    internal ClientConnection(string id, IPEndPoint remoteEndPoint, IPEndPoint localEndPoint, DateTimeOffset connectedAt)
    {
        Id = id;
        RemoteEndPoint = remoteEndPoint;
        LocalEndPoint = localEndPoint;
        ConnectedAt = connectedAt;
    }

    /// <summary>A tunnel within an HTTP/2 connection to the proxy itself, or a user of its own there.</summary>
    internal ClientConnection(string id, ClientConnection carrier)
        : this(id, carrier.RemoteEndPoint, carrier.LocalEndPoint, carrier.ConnectedAt)
    {
        _carrier = carrier;
        Mode = carrier.Mode;
        ServerName = carrier.ServerName;
        TlsProtocol = carrier.TlsProtocol;
        ApplicationProtocol = carrier.ApplicationProtocol;
        Certificate = carrier.Certificate;
    }

    /// <summary>Unique within this run of the proxy, short and printable. A tunnel that is a stream of an HTTP/2 connection has the connection's, a dot, and the stream's number.</summary>
    public string Id { get; }

    /// <summary>Where the client calls from; 127.0.0.1 and port 0 for one of a Unix-domain socket.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>The proxy's own side of the connection.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>How it reached the proxy.</summary>
    public ProxyMode Mode { get; internal init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset ConnectedAt { get; }

    /// <summary>The host name the client asked for in TLS (SNI, RFC 6066 §3); null without TLS or without SNI.</summary>
    public string? ServerName { get; internal set; }

    /// <summary>The TLS version between client and proxy; <see cref="SslProtocols.None"/> when not intercepted.</summary>
    public SslProtocols TlsProtocol { get; internal set; }

    /// <summary>The protocol chosen by ALPN (RFC 7301), such as "h2"; null when none was.</summary>
    public string? ApplicationProtocol { get; internal set; }

    /// <summary>Who the client proved to be to the proxy; null while it did not, or did not have to.</summary>
    public string? User { get; internal set; }

    /// <summary>What the client identified itself with in TLS (--request-client-certificate), without its key; null when it did not. Not to be disposed.</summary>
    public X509Certificate2? Certificate { get; internal set; }

    /// <summary>Free space for addons; lives as long as the connection, and is shared by the tunnels within it. Thread-safe.</summary>
    public IDictionary<string, object?> Metadata =>
        _carrier?.Metadata ?? LazyInitializer.EnsureInitialized(ref _metadata, static () => new ConcurrentDictionary<string, object?>());

    /// <summary>Why an addon refused the connection; null while none did.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>Closes the connection before anything is read. Only in <see cref="Addon.OnClientConnectedAsync"/>; later it changes nothing.</summary>
    /// <param name="reason">Goes to the log.</param>
    public void Refuse(string reason) => Refusal = reason;
}
