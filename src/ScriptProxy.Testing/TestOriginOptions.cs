using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace ScriptProxy.Testing;

/// <summary>How a <see cref="TestOrigin"/> differs from the usual one.</summary>
public sealed record TestOriginOptions
{
    /// <summary>The names the origin is reached by; its certificate has them, and localhost and 127.0.0.1 as well.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [TestOrigin.DefaultHost];

    /// <summary>What its HTTPS port offers.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1AndHttp2;

    /// <summary>What it shows instead of a good certificate; the caller disposes it.</summary>
    public TestAuthority? Certificate { get; init; }

    /// <summary>Changes how its HTTPS port speaks TLS: versions, cipher suites, whether it asks for a client certificate; null changes nothing.</summary>
    public Action<HttpsConnectionAdapterOptions>? Tls { get; init; }
}
