namespace ScriptProxy.Testing;

/// <summary>How a <see cref="RawOrigin"/> differs from the usual one.</summary>
public sealed record RawOriginOptions
{
    /// <summary>Whether it speaks TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>What it offers by ALPN.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = ["http/1.1"];

    /// <summary>The names in its certificate, beside localhost and 127.0.0.1.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [TestOrigin.DefaultHost];

    /// <summary>What it shows instead of a good certificate; the caller disposes it.</summary>
    public TestAuthority? Certificate { get; init; }
}
