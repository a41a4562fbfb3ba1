namespace ScriptProxy;

/// <summary>A client's wish to reach <see cref="Host"/>:<see cref="Port"/>, by CONNECT (RFC 9110 §9.3.6), SOCKS (RFC 1928), or without knowing of the proxy (transparent), before it is answered. Not thread-safe.</summary>
public sealed class ConnectFlow
{
    internal ConnectFlow(ClientConnection client, HeaderList headers, string host, int port)
    {
        Client = client;
        Headers = headers;
        Host = host;
        Port = port;
    }

    /// <summary>Who asks; its <see cref="ClientConnection.Mode"/> says by what means.</summary>
    public ClientConnection Client { get; }

    /// <summary>The header fields of the CONNECT request; empty where the client asked by other means. Changing them changes nothing on the wire.</summary>
    public HeaderList Headers { get; }

    /// <summary>Where to: a DNS name or an IP address without brackets; always an address in transparent mode. Writing sends the client elsewhere; certificates are still made for the name it asked for.</summary>
    public string Host { get; set; }

    /// <summary>Where to, 1 to 65535.</summary>
    public int Port { get; set; }

    /// <summary>What will happen; <see cref="ConnectDecision.Default"/> leaves it to the options (usually intercept).</summary>
    public ConnectDecision Decision { get; private set; }

    /// <summary>Why it was denied; null while it was not.</summary>
    public string? DenyReason { get; private set; }

    /// <summary>The status of a denial.</summary>
    public int DenyStatusCode { get; private set; } = 403;

    /// <summary>Ends TLS here and reads the traffic, whatever the options say.</summary>
    public void Intercept() => Decision = ConnectDecision.Intercept;

    /// <summary>Relays the bytes unread, whatever the options say.</summary>
    public void Tunnel() => Decision = ConnectDecision.Tunnel;

    /// <summary>Refuses the tunnel; the client gets <paramref name="statusCode"/> with the reason as text, or what the protocol has for "not allowed".</summary>
    /// <param name="reason">One line, shown to the client where it can be.</param>
    /// <param name="statusCode">400 to 599.</param>
    public void Deny(string reason, int statusCode = 403)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 400);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 599);
        Decision = ConnectDecision.Deny;
        DenyReason = reason;
        DenyStatusCode = statusCode;
    }
}

/// <summary>What to do with a tunnel.</summary>
public enum ConnectDecision
{
    /// <summary>What the options say.</summary>
    Default,

    /// <summary>End TLS and read.</summary>
    Intercept,

    /// <summary>Relay unread.</summary>
    Tunnel,

    /// <summary>Refuse.</summary>
    Deny,
}
