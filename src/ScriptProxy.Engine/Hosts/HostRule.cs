using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Hosts;

/// <summary>How one host is spoken to, as all entries of <see cref="HostRules"/> together say. Immutable.</summary>
internal sealed record HostRule
{
    /// <summary>What holds where nothing was said.</summary>
    public static HostRule Default { get; } = new();

    /// <summary>Whether h2 may be offered to the origin.</summary>
    public bool Http2 { get; init; } = true;

    /// <summary>Whether h2 may be offered to clients that go there.</summary>
    public bool ClientHttp2 { get; init; } = true;

    /// <summary>TLS with the origin.</summary>
    public TlsLimits Tls { get; init; } = TlsLimits.Default;

    /// <summary>TLS with clients that go there.</summary>
    public TlsLimits ClientTls { get; init; } = TlsLimits.Default;

    /// <summary>What is shown to the origin; null for nothing.</summary>
    public ClientCertificate? ClientCertificate { get; init; }

    /// <summary>Whether the origin's certificate is verified; null when nothing was said.</summary>
    public bool? Verify { get; init; }
}
