using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class LeafCertificatesTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly ManualTime _clock = new();
    private readonly RootCertificate _root;
    private readonly LeafCertificates _leafs;

    public LeafCertificatesTests()
    {
        _root = RootCertificate.LoadOrCreate(_temporary.Path, _clock);
        _leafs = new LeafCertificates(_root, offerHttp2: true, _clock, capacity: 3);
    }

    public void Dispose()
    {
        _leafs.Dispose();
        _root.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task Leaf_SaysWhatClientsAskFor()
    {
        var leaf = await LeafAsync("Www.Example.COM");

        Assert.Equal("CN=www.example.com", leaf.Subject);
        Assert.Equal(_root.Certificate.SubjectName.RawData, leaf.IssuerName.RawData);
        Assert.Equal(["www.example.com"], Assert.Single(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()).EnumerateDnsNames());
        Assert.False(Assert.Single(leaf.Extensions.OfType<X509BasicConstraintsExtension>()).CertificateAuthority);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, Assert.Single(leaf.Extensions.OfType<X509KeyUsageExtension>()).KeyUsages);
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()).EnhancedKeyUsages[0].Value);
        Assert.Single(leaf.Extensions.OfType<X509SubjectKeyIdentifierExtension>());
        var issuer = Assert.Single(_root.Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>()).SubjectKeyIdentifierBytes;
        Assert.True(issuer.Span.SequenceEqual(Assert.Single(leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>()).KeyIdentifier!.Value.Span));
        Assert.InRange(leaf.SerialNumberBytes.Span[0], 0x40, 0x7f);
        Assert.Equal(16, leaf.SerialNumberBytes.Length);
    }

    [Fact]
    public async Task Leaf_LivesLessThan199Days()
    {
        var leaf = await LeafAsync("example.com");

        Assert.InRange(leaf.NotBefore.ToUniversalTime(), _clock.Now.UtcDateTime.AddDays(-2).AddSeconds(-1), _clock.Now.UtcDateTime.AddDays(-2));
        Assert.InRange(leaf.NotAfter - leaf.NotBefore, TimeSpan.FromDays(196), TimeSpan.FromDays(197) - TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    public async Task Address_StandsInTheLeafAsAddress(string address)
    {
        var leaf = await LeafAsync(address);

        var names = Assert.Single(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>());
        Assert.Equal([IPAddress.Parse(address)], names.EnumerateIPAddresses());
        Assert.Empty(names.EnumerateDnsNames());
    }

    [Theory]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("xn--a.example")]
    [InlineData("_a-.b.example")]
    public async Task UnusualName_StandsInTheLeafAsItIs(string name)
    {
        var leaf = await LeafAsync(name);

        Assert.Equal([name], Assert.Single(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()).EnumerateDnsNames());
    }

    [Fact]
    public async Task LongName_IsCutInTheCommonNameOnly()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 60), 4));

        var leaf = await LeafAsync(name);

        Assert.Equal("CN=" + name[..64], leaf.Subject);
        Assert.Equal([name], Assert.Single(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()).EnumerateDnsNames());
    }

    [Fact]
    public async Task InvalidName_Throws()
    {
        await Assert.ThrowsAsync<InvalidHostNameException>(async () => await _leafs.GetAsync("a b"));
        Assert.Equal(0, _leafs.Minted);
    }

    [Fact]
    public async Task KnownHost_CompletesAtOnceWithTheSameOptions()
    {
        var first = await _leafs.GetAsync("example.com");
        var second = _leafs.GetAsync("EXAMPLE.com.");

        Assert.True(second.IsCompletedSuccessfully);
        Assert.Same(first, await second);
        Assert.Equal(1, _leafs.Minted);
    }

    [Fact]
    public async Task ManyAtOnce_ShareOneLeaf()
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await _leafs.GetAsync("example.com"))));

        Assert.All(asked, options => Assert.Same(asked[0], options));
        Assert.Equal(1, _leafs.Minted);
    }

    [Fact]
    public async Task LeastRecentlyUsed_IsForgotten()
    {
        foreach (var host in new[] { "a.example", "b.example", "c.example", "a.example", "d.example" }) await _leafs.GetAsync(host);
        Assert.Equal(4, _leafs.Minted);

        await _leafs.GetAsync("a.example");
        Assert.Equal(4, _leafs.Minted);
        await _leafs.GetAsync("b.example");
        Assert.Equal(5, _leafs.Minted);
    }

    [Fact]
    public async Task NearItsEnd_IsRenewed()
    {
        var first = await _leafs.GetAsync("example.com");
        _clock.Now += TimeSpan.FromDays(150);
        Assert.Same(first, await _leafs.GetAsync("example.com"));

        _clock.Now += TimeSpan.FromDays(40);
        var renewed = await LeafAsync("example.com");

        Assert.Equal(2, _leafs.Minted);
        Assert.True(renewed.NotAfter.ToUniversalTime() > _clock.Now.UtcDateTime.AddDays(194));
    }

    [Fact]
    public async Task RootNearItsEnd_EndsTheLeafToo()
    {
        _clock.Now = new DateTimeOffset(_root.Certificate.NotAfter).AddDays(-30);

        var leaf = await LeafAsync("example.com");

        Assert.Equal(_root.Certificate.NotAfter, leaf.NotAfter);
        Assert.Same(await _leafs.GetAsync("example.com"), await _leafs.GetAsync("example.com"));
    }

    [Fact]
    public async Task RootExpired_Throws()
    {
        _clock.Now = new DateTimeOffset(_root.Certificate.NotAfter).AddDays(1);

        await Assert.ThrowsAsync<RootCertificateException>(async () => await _leafs.GetAsync("example.com"));
        _clock.Now = _clock.Now.AddDays(-2);
        await _leafs.GetAsync("example.com");
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Client_AcceptsIt(SslProtocols protocol)
    {
        using var pair = await TlsPair.ConnectAsync();

        Assert.True(await pair.AuthenticateAsync(ClientOptions("www.example.com", protocol), await _leafs.GetAsync("www.example.com")));
        Assert.Equal(SslApplicationProtocol.Http2, pair.Client.NegotiatedApplicationProtocol);
        Assert.Equal(protocol, pair.Client.SslProtocol);
    }

    [Fact]
    public async Task Http2NotOffered_IsNotChosen()
    {
        using var leafs = new LeafCertificates(_root, offerHttp2: false, _clock);
        using var pair = await TlsPair.ConnectAsync();

        Assert.True(await pair.AuthenticateAsync(ClientOptions("192.0.2.1", SslProtocols.None), await leafs.GetAsync("192.0.2.1")));
        Assert.Equal(SslApplicationProtocol.Http11, pair.Client.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task RsaAuthority_SignsLeafs()
    {
        using var directory = new TemporaryDirectory();
        using var authority = TestAuthority.NewRsa("Our Company");
        authority.WriteTo(directory.Path);
        using var root = RootCertificate.LoadOrCreate(directory.Path, TimeProvider.System);
        using var leafs = new LeafCertificates(root, offerHttp2: true, TimeProvider.System);
        using var pair = await TlsPair.ConnectAsync();

        var options = ClientOptions("a.example", SslProtocols.None);
        options.CertificateChainPolicy!.CustomTrustStore.Clear();
        options.CertificateChainPolicy.CustomTrustStore.Add(root.Certificate);
        Assert.True(await pair.AuthenticateAsync(options, await leafs.GetAsync("a.example")));
    }

    [Fact]
    public async Task Openssl_VerifiesStrictly()
    {
        var leafPath = _temporary.File("leaf.pem");
        foreach (var (host, option) in new[] { ("www.example.com", "-verify_hostname"), ("192.0.2.1", "-verify_ip"), ("2001:db8::1", "-verify_ip") })
        {
            await File.WriteAllTextAsync(leafPath, (await LeafAsync(host)).ExportCertificatePem());

            var (exitCode, output) = await ForeignProgram.RunAsync(
                "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-policy_check", option, host, "-CAfile", _root.PemPath, leafPath);

            Assert.True(exitCode == 0, output);
        }
    }

    private async Task<X509Certificate2> LeafAsync(string host) => (await _leafs.GetAsync(host)).ServerCertificateContext!.TargetCertificate;

    private SslClientAuthenticationOptions ClientOptions(string host, SslProtocols protocol)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root.Certificate);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = protocol,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            CertificateChainPolicy = policy,
        };
    }
}
