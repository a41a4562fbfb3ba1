namespace ScriptProxy;

/// <summary>What is known of a tunnel beyond what every flow has. Immutable; the fingerprints are computed when they are read.</summary>
public sealed record TunnelRecord
{
    private readonly TlsClientHello? _hello;

    internal TunnelRecord(TunnelOutcome outcome, TlsClientHello? hello)
    {
        Outcome = outcome;
        _hello = hello;
    }

    /// <summary>How it ended.</summary>
    public TunnelOutcome Outcome { get; }

    /// <summary>Whether TLS passes through it.</summary>
    public bool IsTls => _hello is not null;

    /// <summary>The name that the client asked for in TLS (SNI), in lower case; null without one. With an encrypted ClientHello, the outer name.</summary>
    public string? ServerName => _hello?.ServerName;

    /// <summary>The ALPN names that the client offered, in order; which one was chosen is not to be seen from outside.</summary>
    public IReadOnlyList<string> ApplicationProtocols => _hello?.ApplicationProtocols ?? [];

    /// <summary>The client's JA3 fingerprint; null without TLS.</summary>
    public string? Ja3 => _hello?.Ja3;

    /// <summary>The client's JA4 fingerprint; null without TLS.</summary>
    public string? Ja4 => _hello?.Ja4;

    /// <summary>Whether the client sent the extension of an encrypted ClientHello (RFC 9849); many clients send a meaningless one.</summary>
    public bool HasEncryptedClientHello => _hello?.HasEncryptedClientHello ?? false;
}
