using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ScriptProxy.Testing;

namespace ScriptProxy.Tests.Ca;

public sealed class CaExportTests : IDisposable
{
    private readonly CaCommands _ca = new();

    public void Dispose() => _ca.Dispose();

    [Theory]
    [InlineData("p12", "PKCS12")]
    [InlineData("jks", "JKS")]
    public async Task Truststore_IsListedByKeytool(string format, string type)
    {
        await _ca.SucceedAsync("create");

        await _ca.SucceedAsync("export", "--format", format, "--out", "@store", "--password", "correct horse");

        var listed = await _ca.ProgramAsync("keytool", "-list", "-storetype", type, "-keystore", "store", "-storepass", "correct horse");
        Assert.Matches("(?m)^scriptproxy, .*trustedCertEntry", listed);
        Assert.Contains(await FingerprintAsync(), listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemRoots_AreAddedToATruststore()
    {
        await _ca.SucceedAsync("create");

        await _ca.SucceedAsync("export", "--format", "p12", "--include-system-roots", "--out", "@store");

        var listed = await _ca.ProgramAsync("keytool", "-list", "-storetype", "PKCS12", "-keystore", "store", "-storepass", "changeit");
        Assert.True(listed.Split("trustedCertEntry").Length > 50, listed);
    }

    [Theory]
    [InlineData("pem", "PEM")]
    [InlineData("der", "DER")]
    public async Task Certificate_IsReadByOpenssl(string format, string form)
    {
        await _ca.SucceedAsync("create");

        await _ca.SucceedAsync("export", "-f", format, "-o", "@file");

        Assert.Contains(await FingerprintAsync(), await _ca.ProgramAsync("openssl", "x509", "-inform", form, "-in", "file", "-noout", "-fingerprint", "-sha256"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_VerifiesWhatTheSystemDoesAndOurs()
    {
        await _ca.SucceedAsync("create");

        await _ca.SucceedAsync("export", "--format", "bundle", "--out", "@bundle.pem");

        await _ca.ProgramAsync("openssl", "verify", "-x509_strict", "-CAfile", "bundle.pem", "ca/ca.pem");
        Assert.True(File.ReadAllText(_ca.PathOf("bundle.pem")).Split("BEGIN CERTIFICATE").Length > 50);
    }

    [Fact]
    public async Task Secret_HasTruststoresThatKeytoolLists()
    {
        await _ca.SucceedAsync("create");

        var yaml = await _ca.SucceedAsync("export", "--format", "k8s-secret", "--name", "trust", "--namespace", "apps");

        Assert.StartsWith("apiVersion: v1\nkind: Secret\nmetadata:\n  name: trust\n  namespace: apps\n", yaml, StringComparison.Ordinal);
        var data = yaml.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(": ")).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal("changeit", Encoding.ASCII.GetString(Convert.FromBase64String(data["truststore.password"])));
        foreach (var (key, type) in new[] { ("truststore.p12", "PKCS12"), ("truststore.jks", "JKS") })
        {
            File.WriteAllBytes(_ca.PathOf(key), Convert.FromBase64String(data[key]));
            Assert.Contains("trustedCertEntry", await _ca.ProgramAsync("keytool", "-list", "-storetype", type, "-keystore", key, "-storepass", "changeit"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ConfigMap_HasTheCertificateAsText()
    {
        await _ca.SucceedAsync("create");

        var yaml = await _ca.SucceedAsync("export", "--format", "k8s-configmap");

        Assert.StartsWith("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: scriptproxy-ca\n", yaml, StringComparison.Ordinal);
        File.WriteAllText(_ca.PathOf("ca.crt"), yaml[yaml.IndexOf("    #", StringComparison.Ordinal)..].Replace("    ", "", StringComparison.Ordinal));
        Assert.Contains(await FingerprintAsync(), await _ca.ProgramAsync("openssl", "x509", "-in", "ca.crt", "-noout", "-fingerprint", "-sha256"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppleProfile_IsAPropertyListWithTheCertificate()
    {
        await _ca.SucceedAsync("create", "--subject", "CN=A & B");

        await _ca.SucceedAsync("export", "--format", "mobileconfig", "--out", "@ca.mobileconfig");

        var profile = XDocument.Load(_ca.PathOf("ca.mobileconfig"));
        var certificate = Convert.FromBase64String(profile.Descendants("data").Single().Value);
        Assert.Contains(string.Join(':', SHA256.HashData(certificate).Select(octet => octet.ToString("X2"))), await FingerprintAsync(), StringComparison.Ordinal);
        Assert.Contains(profile.Descendants("string"), text => text.Value == "com.apple.security.root");
        Assert.Contains(profile.Descendants("string"), text => text.Value == "A & B");
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("der")]
    [InlineData("p12")]
    [InlineData("jks")]
    [InlineData("bundle")]
    [InlineData("k8s-secret")]
    [InlineData("k8s-configmap")]
    [InlineData("mobileconfig")]
    public async Task Key_IsInNoExport(string format)
    {
        await _ca.SucceedAsync("create");
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_ca.PathOf("ca/ca-key.pem")));
        var secret = key.ExportParameters(true).D!;

        await _ca.SucceedAsync("export", "--format", format, "--out", "@file");

        var exported = File.ReadAllBytes(_ca.PathOf("file"));
        Assert.Equal(-1, exported.AsSpan().IndexOf(secret));
        Assert.DoesNotContain("PRIVATE", Encoding.Latin1.GetString(exported), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format pfx", 2, "--format \"pfx\": expected pem, der, p12, jks, bundle, k8s-secret, k8s-configmap or mobileconfig.")]
    [InlineData("--format der --include-system-roots", 2, "--include-system-roots: a der file has our root only. For all of them: --format bundle")]
    [InlineData("--format p12 --password short", 2, "six characters|6 characters")]
    [InlineData("--format p12 --password longenough --password-file x", 2, "--password and --password-file: expected one of them, got both.")]
    [InlineData("--format p12 --password-file /does/not/exist", 1, "--password-file /does/not/exist: cannot be read (")]
    [InlineData("--format k8s-secret --name A_B", 2, "--name \"A_B\": expected lower-case letters")]
    [InlineData("--out /does/not/exist", 1, "--out /does/not/exist: cannot be written (")]
    public async Task WrongUse_IsNamed(string words, int exitCode, string expected)
    {
        await _ca.SucceedAsync("create");

        await _ca.RefusedAsync(exitCode, expected.Split('|')[^1], ["export", .. words.Split(' ')]);
    }

    [Fact]
    public async Task ExpiredRoot_IsNotHandedOut()
    {
        Directory.CreateDirectory(_ca.CaDirectory);
        using var authority = TestAuthority.New("Old", end: DateTimeOffset.UtcNow.AddDays(-1));
        authority.WriteTo(_ca.CaDirectory);

        await _ca.RefusedAsync(1, "@ca/ca.pem: expired on", "export");
    }

    private Task<string> FingerprintAsync() => Trimmed(_ca.ProgramAsync("openssl", "x509", "-in", "ca/ca.pem", "-noout", "-fingerprint", "-sha256"));

    private static async Task<string> Trimmed(Task<string> output) => (await output).Split('=')[1].Trim();
}
