using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class UpstreamTrustTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly TestAuthority _authority = TestAuthority.New("Lab Root");
    private readonly string _caFile;

    public UpstreamTrustTests()
    {
        _caFile = _temporary.File("roots.pem");
        File.WriteAllText(_caFile, _authority.Certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task SignedByAddedRoot_IsBelieved()
    {
        using var server = _authority.Issue("a.example");

        Assert.Null(await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task SignedThroughIntermediate_IsBelieved()
    {
        using var intermediate = _authority.IssueIntermediate("Lab Issuer");
        using var server = intermediate.Issue("a.example");

        Assert.Null(await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server, intermediate));
    }

    [Fact]
    public async Task IntermediateNotSent_IsTakenFromTheFile()
    {
        using var intermediate = _authority.IssueIntermediate("Lab Issuer");
        using var server = intermediate.Issue("a.example");
        Assert.Equal("unknown issuer Lab Issuer", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));

        await File.AppendAllTextAsync(_caFile, "\n" + intermediate.Certificate.ExportCertificatePem());
        Assert.Null(await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task SelfSignedServerInTheFile_IsBelieved()
    {
        using var server = TestAuthority.NewSelfSigned("a.example");
        await File.WriteAllTextAsync(_caFile, server.Certificate.ExportCertificatePem());

        Assert.Null(await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task SelfSigned_IsNamed()
    {
        using var server = TestAuthority.NewSelfSigned("a.example");

        Assert.Equal("self-signed certificate", await FailureAsync(new UpstreamTrust([], []), "a.example", server));
        Assert.Equal("self-signed certificate", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task UnknownIssuer_IsNamed()
    {
        using var other = TestAuthority.New("Other Root");
        using var server = other.Issue("a.example");

        Assert.Equal("unknown issuer Other Root", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public void UnknownRootInTheChain_IsNamed()
    {
        using var server = _authority.Issue("a.example");
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ExtraStore.Add(_authority.Certificate);
        Assert.False(chain.Build(server.Certificate));

        Assert.Equal("unknown root Lab Root", CertificateProblem.Of(chain));
    }

    [Theory]
    [InlineData("a_b.example")]
    [InlineData("_a.example")]
    [InlineData("a-.example")]
    [InlineData("-a.example")]
    [InlineData("xn--a.example")]
    [InlineData("1.2.3")]
    [InlineData("0x7f.1")]
    [InlineData("localhost")]
    public async Task UnusualHost_IsVerifiedAsAnyOther(string host)
    {
        using var server = _authority.Issue(host);
        using var other = _authority.Issue("other.example");

        Assert.Null(await FailureAsync(new UpstreamTrust([_caFile], []), host, server));
        Assert.Equal($"certificate is for other.example, not {host}", await FailureAsync(new UpstreamTrust([_caFile], []), host, other));
    }

    [Fact]
    public async Task Expired_IsNamedWithItsDate()
    {
        var end = DateTimeOffset.UtcNow.AddDays(-10);
        using var server = _authority.Issue(["a.example"], end.AddDays(-30), end);

        Assert.Equal($"certificate expired on {end:yyyy-MM-dd}", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task NotYetValid_IsNamedWithItsDate()
    {
        var begin = DateTimeOffset.UtcNow.AddDays(5);
        using var server = _authority.Issue(["a.example"], begin, begin.AddDays(5));

        Assert.Equal($"certificate is not valid before {begin:yyyy-MM-dd}", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task IssuerExpired_IsNamed()
    {
        var end = DateTimeOffset.UtcNow.AddDays(-10);
        using var expired = TestAuthority.New("Old Root", end: end);
        using var server = expired.Issue("a.example");
        await File.WriteAllTextAsync(_caFile, expired.Certificate.ExportCertificatePem());

        Assert.Equal($"certificate of issuer Old Root expired on {end:yyyy-MM-dd}", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Fact]
    public async Task OtherHost_IsNotForgivenByAddedRoots()
    {
        using var server = _authority.Issue("a.example");

        Assert.Equal("certificate is for a.example, not b.example", await FailureAsync(new UpstreamTrust([_caFile], []), "b.example", server));
        Assert.Equal("unknown issuer Lab Root; certificate is for a.example, not b.example", await FailureAsync(new UpstreamTrust([], []), "b.example", server));
    }

    [Fact]
    public async Task CertificateForClients_IsRefused()
    {
        using var server = _authority.Issue(["a.example"], null, null, purpose: "1.3.6.1.5.5.7.3.2");

        Assert.Equal("certificate is not for servers", await FailureAsync(new UpstreamTrust([_caFile], []), "a.example", server));
    }

    [Theory]
    [InlineData("a.example", "a.example", true)]
    [InlineData("A.Example.", "a.example", true)]
    [InlineData("*.example", "a.example", true)]
    [InlineData("*.example", "x.a.example", true)]
    [InlineData("*.a.example", "a.example", false)]
    [InlineData("*.example", "aexample", false)]
    [InlineData("b.example", "a.example", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("[::1]", "::1", true)]
    [InlineData("*", "a.example", true)]
    public async Task InsecureHost_IsBelievedWhateverItShows(string pattern, string host, bool believed)
    {
        using var server = TestAuthority.NewSelfSigned("else.example");

        var failure = await FailureAsync(new UpstreamTrust([], [pattern]), host, server);

        Assert.Equal(believed, failure is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://a.example/")]
    [InlineData("a.example:443")]
    [InlineData("*.*.example")]
    [InlineData("a*.example")]
    [InlineData("*.")]
    public void InsecureHostThatIsNone_IsNamed(string pattern)
    {
        var exception = Assert.Throws<UpstreamTrustException>(() => new UpstreamTrust([], [pattern]));

        Assert.StartsWith($"--insecure-upstream \"{pattern}\": not a host name: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostileNames_StayOnOneLine()
    {
        using var other = TestAuthority.New("Evil\r\nSet-Cookie: \u202e" + new string('x', 40));
        using var server = other.Issue("a.example");

        var failure = await FailureAsync(new UpstreamTrust([], []), "a.example", server);

        Assert.StartsWith(@"unknown issuer Evil\r\nSet-Cookie: \u202ex", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void SameHost_GetsTheSameOptions()
    {
        var trust = new UpstreamTrust([], []);

        Assert.Same(trust.For("a.example", http2: false), trust.For("A.example.", http2: false));
        Assert.NotSame(trust.For("a.example", http2: false), trust.For("a.example", http2: true));
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, trust.For("a.example", http2: true).EnabledSslProtocols);
        Assert.Throws<InvalidHostNameException>(() => trust.For("a b", http2: false));
    }

    [Fact]
    public async Task SharedOptions_ServeManyHandshakesAtOnceUnchanged()
    {
        using var intermediate = _authority.IssueIntermediate("Lab Issuer");
        using var server = intermediate.Issue("a.example");
        var trust = new UpstreamTrust([_caFile], []);

        var failures = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => FailureAsync(trust, "a.example", server, intermediate)));

        Assert.All(failures, Assert.Null);
        Assert.Empty(trust.For("a.example", http2: true).CertificateChainPolicy!.ExtraStore);
    }

    [Fact]
    public void CaFileMissing_IsNamed() => AssertRefused(_temporary.File("none.pem"), "(there is no such file).");

    [Fact]
    public void CaFileThatIsADirectory_IsNamed() => AssertRefused(_temporary.Path, "(it is a folder, not a file).");

    [Theory]
    [InlineData("", "no certificate in it.")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no certificate in it.")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "a certificate in it is damaged.")]
    public void CaFileWithoutCertificates_IsNamed(string text, string expected)
    {
        File.WriteAllText(_caFile, text);

        AssertRefused(_caFile, expected);
    }

    [Fact]
    public void CaFileWithIntermediatesOnly_AsksForTheRoot()
    {
        using var intermediate = _authority.IssueIntermediate("Lab Issuer");
        File.WriteAllText(_caFile, intermediate.Certificate.ExportCertificatePem());

        AssertRefused(_caFile, "Add the root that issued them, \"CN=Lab Root\".");
    }

    private static void AssertRefused(string file, string expected)
    {
        var exception = Assert.Throws<UpstreamTrustException>(() => new UpstreamTrust([file], []));

        Assert.StartsWith($"--upstream-ca {file}: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    /// <summary>Shakes hands with a server that shows this certificate, sent together with those of <paramref name="sent"/>.</summary>
    private static async Task<string?> FailureAsync(UpstreamTrust trust, string host, TestAuthority server, params TestAuthority[] sent)
    {
        using var pair = await TlsPair.ConnectAsync();
        var serverOptions = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(server.Certificate, [.. sent.Select(authority => authority.Certificate)], offline: true),
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };

        var believed = await pair.AuthenticateAsync(trust.For(host, http2: true), serverOptions);

        var failure = trust.FailureOf(pair.Client);
        Assert.Equal(believed, failure is null);
        return failure;
    }
}
