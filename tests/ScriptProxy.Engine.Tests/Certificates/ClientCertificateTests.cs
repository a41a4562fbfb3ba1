using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class ClientCertificateTests : IDisposable
{
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    private readonly TemporaryDirectory _temporary = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public ClientCertificateTests()
    {
        var request = new CertificateRequest("CN=client", _key, HashAlgorithmName.SHA256);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void PemWithItsKey_IsLoaded() => AssertLoaded(new() { Cert = Write("both.pem", Pem + "\n" + _key.ExportPkcs8PrivateKeyPem()) });

    [Fact]
    public void PemWithSeparateKey_IsLoaded() => AssertLoaded(new() { Cert = Write("cert.pem", Pem), Key = Write("key.pem", _key.ExportECPrivateKeyPem()) });

    [Fact]
    public void EncryptedKey_IsOpenedByTheFirstLineOfThePasswordFile() => AssertLoaded(new()
    {
        Cert = Write("cert.pem", Pem),
        Key = Write("key.pem", _key.ExportEncryptedPkcs8PrivateKeyPem("pass word", Encryption)),
        PasswordFile = Write("password", "pass word\r\nsecond line\n"),
    });

    [Fact]
    public void Pkcs12_IsLoaded() => AssertLoaded(new() { Cert = WritePkcs12("secret"), PasswordFile = Write("password", "secret") });

    [Fact]
    public void Pkcs12WithoutPassword_IsLoaded() => AssertLoaded(new() { Cert = WritePkcs12(null) });

    [Fact]
    public void IssuersInTheFile_AreSentToo()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var file = Write("chain.pem", $"{Pem}\n{issuer.ExportCertificatePem()}\n{_key.ExportPkcs8PrivateKeyPem()}");

        using var loaded = ClientCertificate.Load(new() { Cert = file });

        Assert.Equal(_certificate.Thumbprint, loaded.Context.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void FileMissing_IsNamed() => AssertRefused(new() { Cert = _temporary.File("none.pem") }, "cert", "none.pem: no such file.");

    [Fact]
    public void FileThatIsADirectory_IsNamed() => AssertRefused(new() { Cert = _temporary.Path }, "cert", "cannot be read (it is a folder, not a file).");

    [Fact]
    public void KeyMissing_IsNamed() => AssertRefused(new() { Cert = Write("cert.pem", Pem) }, "cert", "holds no private key. Name the file that does with key:.");

    [Fact]
    public void KeyFileWithoutKey_IsNamed() => AssertRefused(new() { Cert = Write("cert.pem", Pem), Key = Write("key.pem", Pem) }, "key", "holds no private key.");

    [Fact]
    public void NoCertificate_IsNamed() =>
        AssertRefused(new() { Cert = Write("cert.pem", _key.ExportPkcs8PrivateKeyPem()) }, "cert", "holds no certificate.");

    [Fact]
    public void DamagedCertificate_IsNamed() =>
        AssertRefused(new() { Cert = Write("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") }, "cert", "a certificate in it is damaged.");

    [Fact]
    public void KeyOfAnotherCertificate_IsNamed()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(new() { Cert = Write("cert.pem", Pem), Key = Write("key.pem", other.ExportPkcs8PrivateKeyPem()) }, "key", "not the one of the certificate.");
    }

    [Fact]
    public void KeyOfAnotherAlgorithm_IsNamed()
    {
        using var other = RSA.Create(2048);

        AssertRefused(new() { Cert = Write("cert.pem", Pem), Key = Write("key.pem", other.ExportRSAPrivateKeyPem()) }, "key", "not the one of the certificate.");
    }

    [Theory]
    [InlineData(null, "its key is encrypted. Name the file of its password with password-file:.")]
    [InlineData("wrong", "the password does not open its key.")]
    public void EncryptedKeyWithoutItsPassword_IsNamed(string? password, string expected)
    {
        var key = Write("key.pem", _key.ExportEncryptedPkcs8PrivateKeyPem("right", Encryption));

        AssertRefused(new() { Cert = Write("cert.pem", Pem), Key = key, PasswordFile = password is null ? null : Write("password", password) }, "key", expected);
    }

    [Fact]
    public void KeyEncryptedInTheOldFormat_IsNamedWithTheCommandThatConvertsIt() => AssertRefused(
        new() { Cert = Write("cert.pem", Pem), Key = Write("key.pem", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n") },
        "key",
        "openssl pkcs8 -topk8");

    [Theory]
    [InlineData(null, "Name the file of its password")]
    [InlineData("wrong", "Correct the first line of password-file")]
    public void Pkcs12WithoutItsPassword_IsNamed(string? password, string expected) =>
        AssertRefused(new() { Cert = WritePkcs12("right"), PasswordFile = password is null ? null : Write("password", password) }, "cert", expected);

    [Fact]
    public void PasswordFileMissing_IsNamed() =>
        AssertRefused(new() { Cert = Write("cert.pem", Pem), PasswordFile = _temporary.File("none") }, "password-file", "no such file.");

    [Fact]
    public void KeyBesidePkcs12_IsNamed() =>
        AssertRefused(new() { Cert = WritePkcs12(null), Key = Write("key.pem", _key.ExportPkcs8PrivateKeyPem()) }, "cert", "Remove key:");

    private string Pem => _certificate.ExportCertificatePem();

    private void AssertLoaded(ClientCertificateOptions options)
    {
        using var loaded = ClientCertificate.Load(options);

        Assert.Equal(_certificate.Thumbprint, loaded.Context.TargetCertificate.Thumbprint);
        Assert.True(loaded.Context.TargetCertificate.HasPrivateKey);
        Assert.Empty(options.Validate());
    }

    private static void AssertRefused(ClientCertificateOptions options, string key, string expected)
    {
        var problem = Assert.Single(options.Validate());

        Assert.StartsWith($"{key} ", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    private string Write(string name, string text)
    {
        var path = _temporary.File(name);
        File.WriteAllText(path, text);
        return path;
    }

    private string WritePkcs12(string? password)
    {
        var path = _temporary.File("client.p12");
        File.WriteAllBytes(path, _certificate.Export(X509ContentType.Pkcs12, password));
        return path;
    }
}
