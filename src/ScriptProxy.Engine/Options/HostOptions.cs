using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine;

/// <summary>
/// How certain hosts are spoken to, as <see cref="ProxyOptions.Hosts"/> has them. Where several match a host, the first that says something of a
/// matter decides that matter. Immutable.
/// </summary>
public sealed record HostOptions : IPlacedOptions
{
    /// <summary>Which hosts.</summary>
    [Option("Which hosts: example.com, *.example.com (below it), .example.com (it and below), 10.0.0.0/8, /regex/, *; each may end with :PORT.")]
    public required string[] Match { get; init; }

    /// <summary>Whether HTTP/2 is offered to these origins; null leaves it to --no-http2.</summary>
    [Option("Whether HTTP/2 may be spoken with these origins.")]
    public bool? Http2 { get; init; }

    /// <summary>Whether these origins speak HTTP/2 without TLS, where nothing can be offered; null or false for HTTP/1.1.</summary>
    [Option("Whether these origins are spoken to in HTTP/2 where there is no TLS (h2c with prior knowledge), as most gRPC servers in a cluster want it.")]
    public bool? H2c { get; init; }

    /// <summary>Whether HTTP/2 is offered to clients that go there; null leaves it to --no-http2.</summary>
    [Option("Whether HTTP/2 is offered to clients that go there.")]
    public bool? ClientHttp2 { get; init; }

    /// <summary>TLS with these origins; null for TLS 1.2 and 1.3 with the system's cipher suites.</summary>
    [Option("TLS versions and cipher suites with these origins.")]
    public HostTlsOptions? Tls { get; init; }

    /// <summary>TLS with clients that go there; null for TLS 1.2 and 1.3 with the system's cipher suites.</summary>
    [Option("TLS versions and cipher suites with clients that go there.")]
    public HostTlsOptions? ClientTls { get; init; }

    /// <summary>What the proxy identifies itself with to these origins; null for nothing.</summary>
    [Option("Certificate shown to these origins when they ask for one (mTLS).")]
    public ClientCertificateOptions? ClientCertificate { get; init; }

    /// <summary>What happens to Alt-Svc fields in their responses; null keeps them.</summary>
    [Option("Whether their responses keep Alt-Svc, which names other ways to the origin such as HTTP/3: keep or drop.")]
    public AltSvcPolicy? AltSvc { get; init; }

    /// <summary>Whether their certificate is verified; null leaves it to --insecure-upstream.</summary>
    [Option("Whether the certificate of these origins is verified.")]
    public bool? Verify { get; init; }

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }

    /// <summary>Checks every value, files included.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Match is not { Length: > 0 }) problems.Add("match is empty. Name hosts, such as [\"*.example.com\"].");
        else HostPatterns.Parse("match", Match, problems);
        if (H2c == true && Http2 == false) problems.Add("h2c is HTTP/2, which http2: false turns off. Leave one of them out.");
        return problems;
    }
}
