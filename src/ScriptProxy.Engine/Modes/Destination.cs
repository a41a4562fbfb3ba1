namespace ScriptProxy.Engine.Modes;

/// <summary>Where a client wants to go. Immutable; one object is shared by all requests of a connection that go there.</summary>
/// <param name="IsTls">Whether the upstream is spoken to in TLS.</param>
/// <param name="Host">What is dialled: a DNS name in lower case, or an IP address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="TlsName">The name asked for and verified in TLS; <see cref="Host"/> unless the client's SNI said otherwise.</param>
internal sealed record Destination(bool IsTls, string Host, int Port, string TlsName)
{
    /// <summary>The address to dial, where <see cref="Host"/> is only what the client calls it; null to ask DNS for that.</summary>
    public string? Address { get; init; }

    /// <summary>Whether each request's Host says what the address is called.</summary>
    public bool IsNamedByHost { get; init; }

    /// <summary>What every request is changed to that goes there; null where clients name the destination themselves.</summary>
    public ReverseTarget? Reverse { get; init; }

    public string Scheme => IsTls ? "https" : "http";

    /// <summary>"host:port" as it stands in a Host header: brackets around IPv6, default ports left out.</summary>
    public string Authority => Modes.Authority.Format(Host, Port, IsTls ? 443 : 80);

    public static Destination Plain(string host, int port) => new(false, host, port, host);

    public static Destination Tls(string host, int port, string? serverName = null) => new(true, host, port, serverName ?? host);
}
