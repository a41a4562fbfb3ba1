using System.Security.Cryptography;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class RootCertificateErrorTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    private string CertificatePath => _temporary.File("ca.pem");

    private string KeyPath => _temporary.File("ca-key.pem");

    [Fact]
    public void KeyMissing_NamesBothFilesAndTheRemedy()
    {
        Create();
        File.Delete(KeyPath);

        AssertRefused($"{KeyPath}: missing, while {CertificatePath} is there. Restore it, or delete");
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void KeyOpenToOthers_IsRefused(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows()) return;

        Create();
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        AssertRefused($"Run: chmod 600 {KeyPath}");
    }

    [Fact]
    public void KeyUnreadable_IsNamed()
    {
        Create();
        File.Delete(KeyPath);
        Directory.CreateDirectory(KeyPath);

        AssertRefused($"{KeyPath}: cannot be read (");
    }

    [Fact]
    public void KeyOfAnother_IsRefused()
    {
        Create();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteKey(other.ExportPkcs8PrivateKeyPem());

        AssertRefused($"{KeyPath}: not the private key of {CertificatePath}.");
    }

    [Fact]
    public void KeyOfAnotherKind_IsRefused()
    {
        Create();
        using var other = RSA.Create(2048);
        WriteKey(other.ExportPkcs8PrivateKeyPem());

        AssertRefused($"{KeyPath}: no private key for {CertificatePath}");
    }

    [Fact]
    public void PublicKeyOnly_IsRefused()
    {
        Create();
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(KeyPath));
        WriteKey(key.ExportSubjectPublicKeyInfoPem());

        AssertRefused($"{KeyPath}: not the private key of {CertificatePath}.");
    }

    [Fact]
    public void KeyEncrypted_SaysHowToDecryptIt()
    {
        Create();
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(KeyPath));
        WriteKey(key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        AssertRefused($"{KeyPath}: the key is encrypted");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM at all")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA")]
    public void KeyDamaged_IsRefused(string text)
    {
        Create();
        WriteKey(text);

        AssertRefused($"{KeyPath}: no private key for {CertificatePath}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB")]
    public void CertificateDamaged_IsRefused(string text)
    {
        Create();
        File.WriteAllText(CertificatePath, text);

        AssertRefused($"{CertificatePath}: no certificate in PEM form in it.");
    }

    [Fact]
    public void FileWithoutEnd_IsNotRead()
    {
        Create();
        File.WriteAllText(CertificatePath, new string('x', 2 * 1024 * 1024));

        AssertRefused($"{CertificatePath}: far too long for a PEM file.");
    }

    [Fact]
    public void NoAuthority_IsRefused()
    {
        using var authority = TestAuthority.New("Root");
        using var server = authority.Issue("server.example");
        server.WriteTo(_temporary.Path);

        AssertRefused($"{CertificatePath}: not a certificate authority (CA:TRUE is missing).");
    }

    [Fact]
    public void Expired_IsRefusedWithTheDate()
    {
        var end = DateTimeOffset.UtcNow.AddDays(30);
        using var authority = TestAuthority.New("Root", end: end);
        authority.WriteTo(_temporary.Path);

        AssertRefused($"{CertificatePath}: expired on {end:yyyy-MM-dd}.", new ManualTime { Now = end.AddDays(1) });
    }

    [Fact]
    public void NotYetValid_PointsToTheClock()
    {
        Create();
        var clock = new ManualTime { Now = DateTimeOffset.UtcNow.AddDays(-3) };

        AssertRefused("Check this machine's clock.", clock);
    }

    [Fact]
    public void DirectoryThatCannotBeMade_IsNamed()
    {
        File.WriteAllText(_temporary.File("file"), "");
        var directory = _temporary.File("file/ca");

        var exception = Assert.Throws<RootCertificateException>(() => RootCertificate.LoadOrCreate(directory, TimeProvider.System));

        Assert.StartsWith($"{directory}: cannot be written (", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("name another folder with --ca-dir.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatCannotBeReplaced_IsNamed()
    {
        Directory.CreateDirectory(_temporary.File("ca-key.pem"));
        File.WriteAllText(_temporary.File("ca-key.pem/x"), "");

        AssertRefused($"{_temporary.Path}: cannot be written (");
    }

    private void Create() => RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System).Dispose();

    private void WriteKey(string text) => File.WriteAllText(KeyPath, text);

    private void AssertRefused(string expected, TimeProvider? timeProvider = null)
    {
        var exception = Assert.Throws<RootCertificateException>(() => RootCertificate.LoadOrCreate(_temporary.Path, timeProvider ?? TimeProvider.System));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
