using System.Net;
using System.Security.Authentication;

namespace ScriptProxy;

/// <summary>The proxy's connection to an upstream. Immutable once a flow shows it.</summary>
public sealed class ServerConnection
{
    internal ServerConnection(string id, string host, int port)
    {
        Id = id;
        Host = host;
        Port = port;
    }

    /// <summary>Unique within this run of the proxy, short and printable.</summary>
    public string Id { get; }

    /// <summary>The host that was asked for, before DNS.</summary>
    public string Host { get; }

    /// <summary>The port that was asked for.</summary>
    public int Port { get; }

    /// <summary>What the bytes pass through: "direct", the name of an upstream, or the URL of one without credentials.</summary>
    public string Upstream { get; internal init; } = "direct";

    /// <summary>Why that way was taken: "routes[0]", "--upstream", "PAC", "addon"; null when no routes are configured.</summary>
    public string? RouteReason { get; internal init; }

    /// <summary>The address that was dialled; null until connected.</summary>
    public IPEndPoint? RemoteEndPoint { get; internal set; }

    /// <summary>The TLS version between proxy and upstream; <see cref="SslProtocols.None"/> for plain HTTP.</summary>
    public SslProtocols TlsProtocol { get; internal set; }

    /// <summary>The protocol chosen by ALPN (RFC 7301), such as "h2"; "h2c" where HTTP/2 is spoken without TLS; null when none was.</summary>
    public string? ApplicationProtocol { get; internal set; }
}
