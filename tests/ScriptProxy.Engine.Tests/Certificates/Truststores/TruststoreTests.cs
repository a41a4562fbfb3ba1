using System.Security.Cryptography.X509Certificates;
using System.Text;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates.Truststores;

public sealed class TruststoreTests : IDisposable
{
    private const string Password = "changeit";

    private readonly TemporaryDirectory _temporary = new();
    private readonly TestAuthority _own = TestAuthority.New("Ours, with a “name”");
    private readonly TestAuthority _system = TestAuthority.NewRsa("System Root Č");

    public void Dispose()
    {
        _own.Dispose();
        _system.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task Pkcs12_HoldsTrustedEntriesForKeytool()
    {
        var output = await ListAsync("PKCS12", Pkcs12Truststore.Write(Certificates(), Password));

        Assert.Contains("Your keystore contains 2 entries", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^scriptproxy, .*trustedCertEntry", output);
        Assert.Matches("(?m)^system-root---[0-9a-f]{8}, .*trustedCertEntry", output);
        Assert.Contains(Fingerprint(_own), output, StringComparison.Ordinal);
        Assert.Contains(Fingerprint(_system), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jks_HoldsTrustedEntriesForKeytool()
    {
        var output = await ListAsync("JKS", JksTruststore.Write(Certificates(), Password));

        Assert.Contains("Your keystore contains 2 entries", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^scriptproxy, .*trustedCertEntry", output);
        Assert.Contains(Fingerprint(_own), output, StringComparison.Ordinal);
        Assert.Contains(Fingerprint(_system), output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PKCS12")]
    [InlineData("JKS")]
    public async Task WrongPassword_IsNoticed(string type)
    {
        var store = type == "JKS" ? JksTruststore.Write(Certificates(), "påssword") : Pkcs12Truststore.Write(Certificates(), "påssword");

        var (exitCode, output) = await KeytoolAsync(type, store, "passw0rd");

        Assert.NotEqual(0, exitCode);
        Assert.Matches("(?i)password was incorrect|integrity check", output);
    }

    [Fact]
    public void Jks_IsTheSameForTheSameCertificates() => Assert.Equal(JksTruststore.Write(Certificates(), Password), JksTruststore.Write(Certificates(), Password));

    [Fact]
    public async Task Pem_IsReadByOpenssl()
    {
        var path = _temporary.File("bundle.pem");
        File.WriteAllBytes(path, PemTruststore.Write(Certificates()));

        var (exitCode, output) = await ForeignProgram.RunAsync("openssl", "storeutl", "-noout", "-certs", path);

        Assert.True(exitCode == 0, output);
        Assert.Contains("Total found: 2", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pem_NamesEveryCertificateInAscii()
    {
        var text = Encoding.ASCII.GetString(PemTruststore.Write(Certificates()));

        Assert.Contains("# CN=\"Ours, with a ?name?\"\n-----BEGIN CERTIFICATE-----\n", text, StringComparison.Ordinal);
        Assert.Contains("# CN=System Root ?\n-----BEGIN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_StandsInAStoreOnce()
    {
        var joined = TrustedCertificate.Join([_own.Certificate, _system.Certificate, _own.Certificate], [_system.Certificate, _own.Certificate]);

        Assert.Equal(["scriptproxy", "scriptproxy-2"], joined.Select(entry => entry.Alias));
    }

    [Fact]
    public void SystemRoots_AreThoseOfTheFileInTheEnvironment()
    {
        var path = _temporary.File("roots.pem");
        File.WriteAllText(path, _system.Certificate.ExportCertificatePem());

        Assert.Equal(_system.Certificate.Thumbprint, Assert.Single(SystemRoots.Load(name => name == "SSL_CERT_FILE" ? path : null)).Thumbprint);
    }

    [Theory]
    [InlineData("missing.pem", null)]
    [InlineData("empty.pem", "")]
    [InlineData("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void SystemRootsThatCannotBeRead_AreRefusedByName(string name, string? content)
    {
        var path = _temporary.File(name);
        if (content is not null) File.WriteAllText(path, content);

        var exception = Assert.Throws<TruststoreException>(() => SystemRoots.Load(_ => path));

        Assert.StartsWith($"{path}: no certificates in PEM form", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustFiles_HoldOursAloneAndOursWithTheSystems()
    {
        using var root = RootCertificate.LoadOrCreate(_temporary.File("ca"), TimeProvider.System);

        var files = TrustFiles.Write(_temporary.File("trust"), root.Anchors, [_system.Certificate], Password);

        Assert.Equal([root.Certificate.Thumbprint], Thumbprints(files.CertificatePath));
        Assert.Equal([root.Certificate.Thumbprint, _system.Certificate.Thumbprint], Thumbprints(files.BundlePath));
        Assert.Contains("2 entries", await ListAsync("PKCS12", await File.ReadAllBytesAsync(files.Pkcs12Path)), StringComparison.Ordinal);
        Assert.Equal("700", ModeOf(files.Directory));
        Assert.All(Directory.GetFiles(files.Directory), file => Assert.Equal("600", ModeOf(file)));
    }

    [Fact]
    public void TrustFilesThatCannotBeWritten_AreRefusedByName()
    {
        File.WriteAllText(_temporary.File("file"), "");

        var exception = Assert.Throws<TruststoreException>(() => TrustFiles.Write(_temporary.File("file/trust"), [_own.Certificate], [], Password));

        Assert.StartsWith($"{_temporary.File("file/trust")}: cannot be written (", exception.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<TrustedCertificate> Certificates() => TrustedCertificate.Join([_own.Certificate], [_system.Certificate]);

    private static string Fingerprint(TestAuthority authority) =>
        string.Join(':', authority.Certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256).Select(octet => octet.ToString("X2")));

    private static string ModeOf(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);

    private static IEnumerable<string> Thumbprints(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Select(certificate => certificate.Thumbprint);
    }

    private async Task<string> ListAsync(string type, byte[] store)
    {
        var (exitCode, output) = await KeytoolAsync(type, store, Password);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private Task<(int ExitCode, string Output)> KeytoolAsync(string type, byte[] store, string password)
    {
        var path = _temporary.File("store");
        File.WriteAllBytes(path, store);
        return ForeignProgram.RunAsync("keytool", "-J-Duser.language=en", "-list", "-storetype", type, "-keystore", path, "-storepass", password);
    }
}
