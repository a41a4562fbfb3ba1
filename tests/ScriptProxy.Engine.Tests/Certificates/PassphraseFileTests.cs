using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class PassphraseFileTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData(" with spaces \r\nand more", " with spaces ")]
    public void FirstLine_IsThePassphrase(string content, string expected) => Assert.Equal(expected, PassphraseFile.Read(Write(content), "--option"));

    [Fact]
    public void NoPath_IsNoPassphrase() => Assert.Null(PassphraseFile.Read(null, "--option"));

    [Theory]
    [InlineData("", "its first line is empty; expected a passphrase.")]
    [InlineData("\nsecret", "its first line is empty; expected a passphrase.")]
    public void EmptyFirstLine_IsRefused(string content, string expected)
    {
        var path = Write(content);

        var exception = Assert.Throws<RootCertificateException>(() => PassphraseFile.Read(path, "--option"));

        Assert.Equal($"--option {path}: {expected}", exception.Message);
    }

    [Fact]
    public void FileWithoutEnd_IsRefused() =>
        Assert.Contains("longer than", Assert.Throws<RootCertificateException>(() => PassphraseFile.Read(Write(new string('x', 10_000)), "--option")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("right", true)]
    [InlineData("wrong", false)]
    public async Task Proxy_DecryptsItsKeyWithIt(string passphrase, bool expected)
    {
        using var authority = TestAuthority.New("Ours");
        authority.WriteTo(_temporary.Path);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_temporary.File("ca-key.pem")));
        File.WriteAllText(_temporary.File("ca-key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("right", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        var options = new ProxyOptions { CaDir = _temporary.Path, CaPasswordFile = Write(passphrase), Listen = "127.0.0.1:0" };

        if (expected) await new ProxyServer(options, NullLoggerFactory.Instance, []).DisposeAsync();
        else Assert.Contains("cannot be decrypted", Assert.Throws<ProxyStartException>(() => new ProxyServer(options, NullLoggerFactory.Instance, [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13, true)]
    [InlineData(15, false)]
    public void RootNearItsEnd_IsWarnedOf(int days, bool expected)
    {
        using var authority = TestAuthority.New("Ours", end: DateTimeOffset.UtcNow.AddDays(days));
        authority.WriteTo(_temporary.Path);
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);
        using var logs = new LogCollector();

        root.WarnOfItsEnd(logs.CreateLogger("test"), TimeProvider.System);

        Assert.Equal(expected, logs.Lines.Any(line => line.Contains("ca.pem: a certificate in it expires on", StringComparison.Ordinal)));
    }

    private string Write(string content)
    {
        var path = _temporary.File("passphrase");
        File.WriteAllText(path, content);
        return path;
    }
}
