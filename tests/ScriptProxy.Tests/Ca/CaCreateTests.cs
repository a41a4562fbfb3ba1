namespace ScriptProxy.Tests.Ca;

public sealed class CaCreateTests : IDisposable
{
    private readonly CaCommands _ca = new();

    public void Dispose() => _ca.Dispose();

    [Fact]
    public async Task Options_StandInTheCertificate()
    {
        await _ca.SucceedAsync("create", "--subject", "CN=Our Proxy, O=Our Company", "--days", "30", "--key-type", "rsa2048", "--permit-dns", "*.Example.com", "--permit-ip", "10.0.0.0/8");

        var text = await _ca.ProgramAsync("openssl", "x509", "-in", "ca/ca.pem", "-noout", "-text");
        Assert.Contains("CN = Our Proxy", text, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE, pathlen:0", text, StringComparison.Ordinal);
        Assert.Contains("(2048 bit)", text, StringComparison.Ordinal);
        Assert.Contains("DNS:example.com", text, StringComparison.Ordinal);
        Assert.Contains("IP:10.0.0.0/255.0.0.0", text, StringComparison.Ordinal);
        var shown = (await _ca.ShowAsync()).GetProperty("certificates")[0];
        Assert.Equal(29, shown.GetProperty("daysLeft").GetInt32());
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("rsa3072")]
    public async Task KeyOfEveryKind_IsVerifiedStrictlyByOpensslAndPython(string type)
    {
        await _ca.SucceedAsync("create", "--key-type", type);

        await _ca.ProgramAsync("openssl", "verify", "-x509_strict", "-CAfile", "ca/ca.pem", "ca/ca.pem");
        await _ca.ProgramAsync("python3", "-c", "import ssl; context = ssl.create_default_context(cafile='ca/ca.pem'); context.verify_flags |= ssl.VERIFY_X509_STRICT; assert context.cert_store_stats()['x509_ca'] == 1");
    }

    [Fact]
    public async Task ConstrainedRoot_IsReadByJava()
    {
        await _ca.SucceedAsync("create", "--permit-ip", "10.0.0.0/8");

        Assert.Contains("NameConstraints", await _ca.ProgramAsync("keytool", "-printcert", "-file", "ca/ca.pem"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondTime_NeedsForce()
    {
        await _ca.SucceedAsync("create");
        var first = File.ReadAllText(_ca.PathOf("ca/ca.pem"));

        await _ca.RefusedAsync(1, "@ca/ca.pem: is there already, and clients may trust it. To replace it: --force", "create");
        await _ca.SucceedAsync("create", "--force");

        Assert.NotEqual(first, File.ReadAllText(_ca.PathOf("ca/ca.pem")));
        Assert.True((await _ca.ShowAsync()).GetProperty("usable").GetBoolean());
    }

    [Theory]
    [InlineData("--days 0", "--days \"0\": expected a whole number from 1 to 18250.")]
    [InlineData("--days ten", "--days \"ten\": expected a whole number")]
    [InlineData("--key-type dsa", "--key-type \"dsa\": expected p256, p384, rsa2048, rsa3072 or rsa4096.")]
    [InlineData("--key-type 3", "--key-type \"3\": expected p256")]
    [InlineData("--subject CN=a,,=b", "--subject \"CN=a,,=b\": expected a name such as")]
    [InlineData("--permit-dns 10.0.0.1", "--permit-dns \"10.0.0.1\": expected a host name")]
    [InlineData("--permit-ip 10.0.0.1/33", "--permit-ip \"10.0.0.1/33\": expected an address, or a network")]
    public Task WrongUse_IsNamed(string words, string expected) => _ca.RefusedAsync(2, expected, ["create", .. words.Split(' ')]);

    [Fact]
    public async Task FolderThatCannotBeMade_IsNamed()
    {
        _ca.Write("file", "");

        await _ca.RefusedAsync(1, "@file/ca: cannot be written (", "create", "--ca-dir", "@file/ca");
    }
}
