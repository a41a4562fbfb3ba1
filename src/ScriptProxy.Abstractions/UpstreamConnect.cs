using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy;

/// <summary>
/// A connection to an upstream that is about to be made, then was made or failed. Made for a flow or a tunnel, but kept for those that follow:
/// what is chosen here holds for the connection, not for one request. Not thread-safe.
/// </summary>
public sealed class UpstreamConnect
{
    private readonly string _address;

    internal UpstreamConnect(ClientConnection client, HttpFlow? flow, string host, int port, bool isTls, string? address = null)
    {
        Client = client;
        Flow = flow;
        Host = host;
        DialHost = _address = address ?? host;
        Port = DialPort = port;
        IsTls = isTls;
    }

    /// <summary>For whom.</summary>
    public ClientConnection Client { get; }

    /// <summary>The request that needs it; null for a tunnel.</summary>
    public HttpFlow? Flow { get; }

    /// <summary>Where the request or the tunnel goes: a DNS name or an IP address without brackets.</summary>
    public string Host { get; }

    /// <summary>Where the request or the tunnel goes.</summary>
    public int Port { get; }

    /// <summary>Whether the proxy will speak TLS with it. False for a tunnel, whatever passes in it.</summary>
    public bool IsTls { get; }

    /// <summary>What will be dialled: <see cref="Host"/>, or the address that a redirected client dialled itself, unless <see cref="ConnectTo"/> was called.</summary>
    public string DialHost { get; private set; }

    /// <summary>What will be dialled: <see cref="Port"/> unless <see cref="ConnectTo"/> was called.</summary>
    public int DialPort { get; private set; }

    /// <summary>The connection, once it is there; null before, and for a tunnel.</summary>
    public ServerConnection? Server { get; internal set; }

    /// <summary>The address that was reached; null before.</summary>
    public IPEndPoint? RemoteEndPoint { get; internal set; }

    /// <summary>Why it could not be made; null while it has not failed.</summary>
    public FlowError? Error { get; internal set; }

    /// <summary>
    /// What the proxy identifies itself with if the upstream asks (mTLS), instead of what the options say; null leaves it to them. Needs its private
    /// key, is not disposed by the proxy, and must live as long as connections are made with it. Such a connection is not shared with other clients.
    /// Only in <see cref="Addon.OnUpstreamConnectingAsync"/>; later it changes nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The certificate has no private key.</exception>
    public X509Certificate2? ClientCertificate
    {
        get;
        set => field = value is null or { HasPrivateKey: true } ? value : throw new ArgumentException("A client certificate needs its private key.", nameof(value));
    }

    /// <summary>What the bytes pass through: "direct", the name of an upstream, or the URL of one without credentials. What the routes say, until it was dialled.</summary>
    public string Upstream { get; internal set; } = "direct";

    /// <summary>Why: "routes[0]", "--upstream", "PAC", "addon"; null when no routes are configured.</summary>
    public string? RouteReason { get; internal set; }

    /// <summary>Whether something else is dialled than was asked for.</summary>
    internal bool IsElsewhere => DialHost != _address || DialPort != Port;

    /// <summary>Whether this connection is unlike others to the same destination.</summary>
    internal bool IsDiverted => IsElsewhere || ClientCertificate is not null || ChosenUpstream is not null;

    /// <summary>The upstream that an addon chose; null while none did.</summary>
    internal string? ChosenUpstream { get; private set; }

    /// <summary>Why an addon refused it; null while none did.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>
    /// Dials something else. The request stays as it is: Host header, SNI and the name that the certificate is verified for do not change. A
    /// connection that was sent elsewhere is not shared with other clients.
    /// </summary>
    /// <param name="host">A DNS name or an IP address.</param>
    /// <param name="port">1 to 65535; null keeps the port.</param>
    /// <exception cref="ArgumentException">The host is not one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is not one.</exception>
    public void ConnectTo(string host, int? port = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        var name = host.Trim('[', ']');
        if (Uri.CheckHostName(name) == UriHostNameType.Unknown) throw new ArgumentException($"\"{host}\" is not a host name or IP address.", nameof(host));
        if (port is { } number)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(number, 1, nameof(port));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(number, IPEndPoint.MaxPort, nameof(port));
        }

        DialHost = name.ToLowerInvariant();
        DialPort = port ?? DialPort;
    }

    /// <summary>
    /// Goes through an upstream, whatever the routes say. One that there is not fails the flow (502). Such a connection is not shared with other
    /// clients: where requests are known by themselves, <see cref="HttpFlow.Via"/> shares them.
    /// </summary>
    /// <param name="upstream">The name of one, "direct", or a URL such as "http://user:password@proxy.example:3128" or "socks5h://127.0.0.1:1080".</param>
    public void Via(string upstream)
    {
        ArgumentException.ThrowIfNullOrEmpty(upstream);
        ChosenUpstream = upstream;
    }

    /// <summary>Does not connect: the flow is answered 403, a tunnel refused. Only in <see cref="Addon.OnUpstreamConnectingAsync"/>; later it changes nothing.</summary>
    /// <param name="reason">One line, shown to the client and in the log.</param>
    public void Refuse(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        Refusal = reason;
    }
}
