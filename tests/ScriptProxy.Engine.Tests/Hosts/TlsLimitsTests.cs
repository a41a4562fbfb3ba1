using System.Security.Authentication;
using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tests.Hosts;

public sealed class TlsLimitsTests
{
    private const SslProtocols Both = SslProtocols.Tls12 | SslProtocols.Tls13;

    [Theory]
    [InlineData(null, null, Both)]
    [InlineData("1.2", null, Both)]
    [InlineData("1.3", null, SslProtocols.Tls13)]
    [InlineData(null, "1.2", SslProtocols.Tls12)]
    [InlineData("1.2", "1.2", SslProtocols.Tls12)]
#pragma warning disable SYSLIB0039, CA5397
    [InlineData("1.0", "1.1", SslProtocols.Tls | SslProtocols.Tls11)]
    [InlineData(null, "1.1", SslProtocols.Tls11)]
#pragma warning restore SYSLIB0039, CA5397
    public void MinAndMax_LimitVersions(string? min, string? max, SslProtocols expected) => Assert.Equal(expected, Of(new() { Min = min, Max = max }).Protocols);

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256", SslProtocols.Tls13)]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", SslProtocols.Tls12)]
    [InlineData("TLS_AES_128_GCM_SHA256:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Both)]
    public void VersionWithoutSuite_IsNotSpoken(string ciphers, SslProtocols expected)
    {
        var limits = Of(new() { Ciphers = [ciphers] });

        Assert.Equal(expected, limits.Protocols);
#pragma warning disable CA1416 // The tests run where cipher suites can be chosen.
        Assert.Equal(ciphers.Split(':'), limits.Ciphers!.AllowedCipherSuites.Select(suite => suite.ToString()));
#pragma warning restore CA1416
    }

    [Theory]
    [InlineData("1.4", null, null, "min \"1.4\": expected \"1.2\" or \"1.3\"")]
    [InlineData(null, "TLS1.2", null, "max \"TLS1.2\": expected")]
    [InlineData("1.3", "1.2", null, "min 1.3 is above max 1.2")]
    [InlineData(null, null, "TLS_AES_128_GCM_SHA257", "did you mean TLS_AES_128_GCM_SHA256?")]
    [InlineData(null, null, "49199", "is no cipher suite")]
    [InlineData(null, null, "ECDHE-RSA-AES128-GCM-SHA256", "is no cipher suite by its IANA name")]
    [InlineData("1.3", null, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "none of the ciphers belongs to a version between min and max")]
    [InlineData(null, null, "TLS_RSA_WITH_RC4_128_MD5", "speaks none of them")]
    public void WrongValue_IsNamed(string? min, string? max, string? ciphers, string expected)
    {
        var problem = Assert.Single(new HostTlsOptions { Min = min, Max = max, Ciphers = ciphers is null ? [] : [ciphers] }.Validate());

        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    private static TlsLimits Of(HostTlsOptions options)
    {
        var problems = new List<string>();
        var limits = TlsLimits.Of(options, problems);
        Assert.Empty(problems);
        return limits;
    }
}
