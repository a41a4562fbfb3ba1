using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine;

/// <summary>TLS versions and cipher suites, for <see cref="HostOptions"/>. Immutable.</summary>
public sealed record HostTlsOptions
{
    /// <summary>The lowest version; null for 1.2.</summary>
    [Option("Lowest version: 1.2 or 1.3; 1.0 and 1.1 only where the system's TLS library still speaks them.")]
    public string? Min { get; init; }

    /// <summary>The highest version; null for 1.3.</summary>
    [Option("Highest version: 1.2 or 1.3; 1.0 and 1.1 only where the system's TLS library still speaks them.")]
    public string? Max { get; init; }

    /// <summary>The cipher suites; empty for those of the system.</summary>
    [Option("Cipher suites by their IANA names, such as TLS_AES_128_GCM_SHA256; versions without a suite are not spoken. Not on Windows.")]
    public string[] Ciphers { get; init; } = [];

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        TlsLimits.Of(this, problems);
        return problems;
    }
}
