using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class RootCertificateTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void EmptyDirectory_GetsARootThatMaySignLeafsOnly()
    {
        var before = DateTime.UtcNow;
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        var extensions = root.Certificate.Extensions;
        var constraints = Assert.Single(extensions.OfType<X509BasicConstraintsExtension>());
        Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        var usage = Assert.Single(extensions.OfType<X509KeyUsageExtension>());
        Assert.True(usage is { Critical: true, KeyUsages: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign });
        var identifier = Assert.Single(extensions.OfType<X509SubjectKeyIdentifierExtension>());
        var authority = Assert.Single(extensions.OfType<X509AuthorityKeyIdentifierExtension>());
        Assert.True(identifier.SubjectKeyIdentifierBytes.Span.SequenceEqual(authority.KeyIdentifier!.Value.Span));

        Assert.Equal($"CN=ScriptProxy Root {identifier.SubjectKeyIdentifier![..8].ToLowerInvariant()}, O=ScriptProxy", root.Certificate.Subject);
        using var publicKey = root.Certificate.GetECDsaPublicKey()!;
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, publicKey.ExportParameters(false).Curve.Oid.Value);
        Assert.InRange(root.Certificate.NotBefore.ToUniversalTime(), before.AddDays(-2).AddSeconds(-2), DateTime.UtcNow.AddDays(-2));
        Assert.InRange(root.Certificate.NotAfter.ToUniversalTime(), before.AddDays(3653).AddSeconds(-2), DateTime.UtcNow.AddDays(3653));
        Assert.False(root.Certificate.HasPrivateKey);
        Assert.Equal(_temporary.File("ca.pem"), root.PemPath);
    }

    [Fact]
    public void SecondStart_FindsTheSameRoot()
    {
        using var first = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);
        using var second = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Equal(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
    }

    [Fact]
    public void TwoDirectories_GetTwoNames()
    {
        using var first = RootCertificate.LoadOrCreate(_temporary.File("a"), TimeProvider.System);
        using var second = RootCertificate.LoadOrCreate(_temporary.File("b"), TimeProvider.System);

        Assert.NotEqual(first.Certificate.Subject, second.Certificate.Subject);
    }

    [Fact]
    public void Files_AreForTheirOwnerOnly()
    {
        if (OperatingSystem.IsWindows()) return;

        var directory = _temporary.File("new");
        using var root = RootCertificate.LoadOrCreate(directory, TimeProvider.System);

        Assert.Equal("700", Mode(directory));
        Assert.Equal("600", Mode(Path.Combine(directory, "ca-key.pem")));
        Assert.Equal("600", Mode(Path.Combine(directory, ".lock")));
        Assert.Equal([".lock", "ca-key.pem", "ca.pem"], Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task StartsAtOnce_EndWithOneRoot()
    {
        using var start = new Barrier(8);
        var starts = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);
                return root.Certificate.Thumbprint;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));

        var thumbprints = await Task.WhenAll(starts);

        Assert.Single(thumbprints.Distinct());
    }

    [Fact]
    public void KeyWithoutCertificate_IsReplaced()
    {
        File.WriteAllText(_temporary.File("ca-key.pem"), "half a ke");
        File.WriteAllText(_temporary.File("ca-key.pem.new"), "another half");

        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", File.ReadAllText(_temporary.File("ca-key.pem")), StringComparison.Ordinal);
        Assert.False(File.Exists(_temporary.File("ca-key.pem.new")));
        if (!OperatingSystem.IsWindows()) Assert.Equal("600", Mode(_temporary.File("ca-key.pem")));
    }

    [Fact]
    public void Tilde_IsTheHomeFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

        Assert.Equal(Path.Combine(home, "x", "ca.pem"), new RootCertificateFiles("~/x").CertificatePath);
        Assert.Equal(Path.Combine(home, "ca-key.pem"), new RootCertificateFiles("~").KeyPath);
        Assert.Equal(Path.GetFullPath("~x/ca.pem"), new RootCertificateFiles("~x").CertificatePath);
    }

    [Fact]
    public void OwnAuthorityWithRsaKey_IsUsed()
    {
        using var authority = TestAuthority.NewRsa("Our Company");
        authority.WriteTo(_temporary.Path);

        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Equal("CN=Our Company", root.Certificate.Subject);
    }

    private static string Mode(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
