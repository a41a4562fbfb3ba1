using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Documents;

public sealed class HostsPageTests
{
    [Fact]
    public void Examples_SayWhatThePageSays()
    {
        using var folder = new TemporaryDirectory();
        WriteCertificate(folder);

        var options = Assert.Single(YamlExamples.Bind("docs/hosts.md", folder));

        using var rules = new HostRules(options.Hosts);
        var payments = rules.For(Destination.Tls("api.payments.example", 443));
        Assert.NotNull(payments.ClientCertificate);
        Assert.True(rules.DropsAltSvc(Destination.Tls("api.payments.example", 443)));
        Assert.False(rules.For(Destination.Tls("a.legacy.example", 443)).Http2);
        Assert.False(rules.For(Destination.Tls("10.1.2.3", 443)).Verify);
        Assert.Null(rules.For(Destination.Tls("dev.example", 443)).Verify);
    }

    private static void WriteCertificate(TemporaryDirectory folder)
    {
        using var authority = TestAuthority.NewSelfSigned("client");
        using var key = authority.Certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(folder.File("client.pem"), authority.Certificate.ExportCertificatePem());
        File.WriteAllText(folder.File("client-key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        File.WriteAllText(folder.File("client-password"), "secret\n");
    }
}
