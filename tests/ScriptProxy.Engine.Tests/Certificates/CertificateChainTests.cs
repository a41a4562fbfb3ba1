using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class CertificateChainTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly CompanyAuthority _root = CompanyAuthority.NewRoot("Company Root");
    private readonly CompanyAuthority _policy;
    private readonly CompanyAuthority _issuing;

    public CertificateChainTests()
    {
        _policy = _root.Issue("Policy");
        _issuing = _policy.Issue("Issuing");
    }

    public void Dispose()
    {
        _issuing.Dispose();
        _policy.Dispose();
        _root.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void CertificatesInAnyOrder_AreLedFromSignerToRoot()
    {
        var chain = new CertificateChain([_issuing.Certificate, _root.Certificate, _policy.Certificate]);

        Assert.Equal(["CN=Issuing", "CN=Policy", "CN=Company Root"], chain.Path.Select(certificate => certificate.Subject));
        Assert.Equal(["CN=Issuing", "CN=Policy"], chain.Intermediates.Select(certificate => certificate.Subject));
        Assert.Equal("CN=Company Root", Assert.Single(chain.Anchors).Subject);
        Assert.Null(chain.Problem(DateTime.Now));
    }

    [Fact]
    public void RootLeftOut_EndsInTheLastIntermediate()
    {
        var chain = new CertificateChain([_issuing.Certificate, _policy.Certificate]);

        Assert.False(chain.HasRoot);
        Assert.Equal(["CN=Issuing", "CN=Policy"], chain.Intermediates.Select(certificate => certificate.Subject));
        Assert.Equal("CN=Policy", Assert.Single(chain.Anchors).Subject);
        Assert.Null(chain.Problem(DateTime.Now));
    }

    [Fact]
    public void OtherRoot_IsAnAnchorThatIsNotServed()
    {
        using var old = TestAuthority.New("Old");

        var chain = new CertificateChain([_root.Certificate, old.Certificate]);

        Assert.Equal(["CN=Company Root", "CN=Old"], chain.Anchors.Select(certificate => certificate.Subject));
        Assert.Empty(chain.Intermediates);
    }

    [Fact]
    public void IssuerOfTheSameNameWithAnotherKey_IsNotTaken()
    {
        using var impostor = CompanyAuthority.NewRoot("Company Root");

        var chain = new CertificateChain([_policy.Certificate, impostor.Certificate, _root.Certificate]);

        Assert.Same(_root.Certificate, chain.Path[^1]);
        Assert.Same(impostor.Certificate, Assert.Single(chain.Others));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_IsSentTheIntermediatesAndNoRoot(bool withRoot)
    {
        using var root = LoadIntermediate(withRoot);
        using var leafs = new LeafCertificates(root, offerHttp2: false, TimeProvider.System);

        var context = (await leafs.GetAsync("a.example", IPAddress.Loopback)).ServerCertificateContext!;

        Assert.Equal(["CN=Issuing", "CN=Policy"], context.IntermediateCertificates.Select(certificate => certificate.Subject));
    }

    [Fact]
    public async Task ClientThatTrustsTheRootOnly_AcceptsTheLeaf()
    {
        using var root = LoadIntermediate(withRoot: true);
        using var leafs = new LeafCertificates(root, offerHttp2: false, TimeProvider.System);
        using var pair = await TlsPair.ConnectAsync();
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(_root.Certificate);

        Assert.True(await pair.AuthenticateAsync(
            new SslClientAuthenticationOptions { TargetHost = "a.example", CertificateChainPolicy = policy }, await leafs.GetAsync("a.example", IPAddress.Loopback)));
    }

    [Fact]
    public async Task Openssl_VerifiesTheChainStrictly()
    {
        using var root = LoadIntermediate(withRoot: true);
        using var leafs = new LeafCertificates(root, offerHttp2: false, TimeProvider.System);
        var leaf = (await leafs.GetAsync("a.example", IPAddress.Loopback)).ServerCertificateContext!.TargetCertificate;
        await File.WriteAllTextAsync(_temporary.File("leaf.pem"), leaf.ExportCertificatePem());
        await File.WriteAllTextAsync(_temporary.File("root.pem"), _root.Certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_temporary.File("chain.pem"), string.Join('\n', root.Intermediates.Select(certificate => certificate.ExportCertificatePem())));

        var (exitCode, output) = await ForeignProgram.RunAsync(
            "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "a.example", "-CAfile", _temporary.File("root.pem"), "-untrusted", _temporary.File("chain.pem"), _temporary.File("leaf.pem"));

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void WrongSignature_IsAProblem()
    {
        using var other = _root.Issue("Policy", _policy.Identifier);

        var chain = new CertificateChain([_issuing.Certificate, other.Certificate, _root.Certificate]);

        Assert.NotNull(chain.Problem(DateTime.Now));
    }

    private RootCertificate LoadIntermediate(bool withRoot)
    {
        var keyPath = _temporary.File("ca-key.pem");
        File.WriteAllText(keyPath, _issuing.KeyPem);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyPath, UnixFileMode.UserRead);
        File.WriteAllText(_temporary.File("ca.pem"), _issuing.Pem + _policy.Pem + (withRoot ? _root.Pem : ""));
        return RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);
    }
}
