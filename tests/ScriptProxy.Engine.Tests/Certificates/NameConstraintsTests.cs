using System.Net;
using System.Security.Cryptography;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class NameConstraintsTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("example.com", "", "example.com", true)]
    [InlineData("example.com", "", "www.Example.com", true)]
    [InlineData("example.com", "", "badexample.com", false)]
    [InlineData("example.com", "", "example.org", false)]
    [InlineData("example.com", "", "10.0.0.1", false)]
    [InlineData("example.com", "", "2001:db8::1", false)]
    [InlineData("example.com", "10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("example.com", "10.0.0.0/8", "11.1.2.3", false)]
    [InlineData("", "10.0.0.0/8 2001:db8::/32", "2001:db8::1", true)]
    [InlineData("", "10.0.0.0/8", "example.com", false)]
    public async Task Host_IsPermittedAsOpensslHasIt(string names, string networks, string host, bool expected)
    {
        var constraints = new NameConstraints(Words(names), [.. Words(networks).Select(network => IPNetwork.Parse(network))]);
        var files = new RootCertificateFiles(_temporary.Path);
        files.WhileLocked(() =>
        {
            RootCertificate.Create(files, new RootProfile { Constraints = constraints }, DateTimeOffset.UtcNow);
            return true;
        });
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);
        using var leafs = new LeafCertificates(root, offerHttp2: false, TimeProvider.System);
        await File.WriteAllTextAsync(_temporary.File("leaf.pem"), (await leafs.GetAsync(host)).ServerCertificateContext!.TargetCertificate.ExportCertificatePem());

        var (exitCode, output) = await ForeignProgram.RunAsync("openssl", "verify", "-x509_strict", "-CAfile", root.PemPath, _temporary.File("leaf.pem"));

        Assert.True(expected == (exitCode == 0), output);
        Assert.Equal(expected, NameConstraints.Of(root.Certificate)!.Permit(HostName.Parse(host)));
    }

    [Fact]
    public void Certificate_TellsItsConstraints()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = CertificateTemplates.SignRoot(
            CertificateTemplates.Root(key, new RootProfile { Constraints = new NameConstraints(["example.com"], [IPNetwork.Parse("10.0.0.0/8")]) }), key, DateTimeOffset.UtcNow, TimeSpan.FromDays(1));

        var constraints = NameConstraints.Of(certificate)!;

        Assert.Equal(["DNS:example.com", "IP:10.0.0.0/8"], constraints.PermittedTexts);
        Assert.Equal(["IP:::/0"], constraints.ExcludedTexts);
    }

    [Fact]
    public void CertificateWithoutConstraints_HasNone()
    {
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Null(NameConstraints.Of(root.Certificate));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
