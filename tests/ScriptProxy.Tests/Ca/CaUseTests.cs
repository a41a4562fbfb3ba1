using ScriptProxy.Testing;

namespace ScriptProxy.Tests.Ca;

public sealed class CaUseTests : IAsyncLifetime
{
    private readonly CaCommands _ca = new();

    public async Task InitializeAsync()
    {
        _ca.Write("extensions", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=01:02:03:04\nauthorityKeyIdentifier=keyid\n");
        _ca.Write("no-sign", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,digitalSignature\n");
        _ca.Write("password.txt", "geheim\n");
        await _ca.ProgramAsync("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root-key.pem", "-out", "root.pem", "-subj", "/CN=Company Root", "-days", "100", "-addext", "basicConstraints=critical,CA:TRUE");
        await _ca.ProgramAsync("openssl", "req", "-newkey", "rsa:2048", "-passout", "pass:geheim", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=Proxy Issuing");
        await _ca.ProgramAsync("openssl", "x509", "-req", "-in", "request.pem", "-CA", "root.pem", "-CAkey", "root-key.pem", "-out", "issuing.pem", "-days", "90", "-extfile", "extensions");
        await _ca.SucceedAsync("create");
    }

    public Task DisposeAsync()
    {
        _ca.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task PemWithEncryptedKeyAndChain_IsUsed()
    {
        await _ca.SucceedAsync("use", "@issuing.pem", "--key", "@key.pem", "--chain", "@root.pem", "--password-file", "@password.txt", "--force");

        await AssertUsedAsync();
        Assert.Contains("CN = Company Root", await _ca.ProgramAsync("openssl", "x509", "-in", await ExportAsync(), "-noout", "-subject"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pkcs12_IsUsed()
    {
        await MakePkcs12Async();

        await _ca.SucceedAsync("use", "@issuing.p12", "--password", "geheim", "--force");

        await AssertUsedAsync();
    }

    [Fact]
    public async Task MountedSecret_IsUsed()
    {
        Directory.CreateDirectory(_ca.PathOf("secret"));
        File.Copy(_ca.PathOf("issuing.pem"), _ca.PathOf("secret/tls.crt"));
        File.Copy(_ca.PathOf("root.pem"), _ca.PathOf("secret/ca.crt"));
        await _ca.ProgramAsync("openssl", "pkey", "-in", "key.pem", "-passin", "pass:geheim", "-out", "secret/tls.key");

        await _ca.SucceedAsync("use", "@secret", "--force");

        await AssertUsedAsync();
    }

    [Fact]
    public async Task WithoutItsRoot_SaysWhatClientsNeed()
    {
        Assert.Contains("Add it with --chain", await _ca.SucceedAsync("use", "@issuing.pem", "--key", "@key.pem", "--password", "geheim", "--force"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_ChangesNothing()
    {
        var before = File.ReadAllText(_ca.PathOf("ca/ca.pem"));

        await _ca.SucceedAsync("use", "@issuing.pem", "--key", "@key.pem", "--password", "geheim", "--dry-run");

        Assert.Equal(before, File.ReadAllText(_ca.PathOf("ca/ca.pem")));
    }

    [Theory]
    [InlineData("@issuing.pem --key @key.pem --password geheim", "is there already, and clients may trust it.")]
    [InlineData("@issuing.pem --key @key.pem --force", "key.pem: the key is encrypted.")]
    [InlineData("@issuing.pem --key @key.pem --password wrong --force", "key.pem: cannot be decrypted: the passphrase is wrong")]
    [InlineData("@issuing.pem --key @root-key.pem --force", "root-key.pem: no private key for")]
    [InlineData("@missing.pem --key @key.pem --force", "missing.pem: cannot be read (")]
    [InlineData("@issuing.pem --key @key.pem --password-file @missing.txt --force", "--password-file @missing.txt: cannot be read (")]
    [InlineData("@issuing.pem --key @extensions --force", "extensions: no private key for")]
    [InlineData("@extensions --force", "extensions: cannot be opened: it is no PEM or PKCS#12 file, or needs a passphrase")]
    public Task WhatCannotBeUsed_IsNamed(string words, string expected) => _ca.RefusedAsync(1, expected, ["use", .. words.Split(' ')]);

    [Fact]
    public async Task Pkcs12WithWrongPassphrase_IsNamed()
    {
        await MakePkcs12Async();

        await _ca.RefusedAsync(1, "issuing.p12: cannot be opened: the passphrase is wrong", "use", "@issuing.p12", "--password", "wrong", "--force");
    }

    [Fact]
    public async Task CertificateThatMayNotSign_IsNamed()
    {
        await _ca.ProgramAsync("openssl", "x509", "-req", "-in", "request.pem", "-CA", "root.pem", "-CAkey", "root-key.pem", "-out", "no-sign.pem", "-days", "90", "-extfile", "no-sign");

        await _ca.RefusedAsync(1, "no-sign.pem: its key usage does not allow it to sign certificates.", "use", "@no-sign.pem", "--key", "@key.pem", "--password", "geheim", "--force");
    }

    [Fact]
    public async Task CertificateOfAServer_IsNamed()
    {
        await _ca.ProgramAsync("openssl", "x509", "-req", "-in", "request.pem", "-CA", "root.pem", "-CAkey", "root-key.pem", "-out", "server.pem", "-days", "90");

        await _ca.RefusedAsync(1, "server.pem: not a certificate authority (CA:TRUE is missing).", "use", "@server.pem", "--key", "@key.pem", "--password", "geheim", "--force");
    }

    [Fact]
    public async Task ForeignCertificateInTheChain_IsNamed()
    {
        using var stranger = TestAuthority.New("Stranger");
        _ca.Write("stranger.pem", stranger.Certificate.ExportCertificatePem());

        await _ca.RefusedAsync(1, "CN=Stranger is not in the chain above CN=Proxy Issuing", "use", "@issuing.pem", "--key", "@key.pem", "--password", "geheim", "--chain", "@stranger.pem", "--force");
    }

    [Fact]
    public async Task Expired_IsNamed()
    {
        using var old = TestAuthority.New("Old", end: DateTimeOffset.UtcNow.AddDays(-1));
        Directory.CreateDirectory(_ca.PathOf("old"));
        old.WriteTo(_ca.PathOf("old"));

        await _ca.RefusedAsync(1, "@old/ca.pem: expired on", "use", "@old", "--force");
    }

    private Task<string> MakePkcs12Async() =>
        _ca.ProgramAsync("openssl", "pkcs12", "-export", "-inkey", "key.pem", "-passin", "pass:geheim", "-in", "issuing.pem", "-certfile", "root.pem", "-out", "issuing.p12", "-passout", "pass:geheim");

    private async Task AssertUsedAsync()
    {
        var shown = await _ca.ShowAsync();
        Assert.True(shown.GetProperty("usable").GetBoolean());
        Assert.Equal(["signer", "root"], shown.GetProperty("certificates").EnumerateArray().Select(certificate => certificate.GetProperty("role").GetString()));
        Assert.Equal("CN=Proxy Issuing", shown.GetProperty("certificates")[0].GetProperty("subject").GetString());
        Assert.Equal("0600", shown.GetProperty("keyMode").GetString());
    }

    private async Task<string> ExportAsync()
    {
        await _ca.SucceedAsync("export", "--out", "@exported.pem");
        return _ca.PathOf("exported.pem");
    }
}
