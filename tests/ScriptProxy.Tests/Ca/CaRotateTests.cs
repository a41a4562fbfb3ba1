namespace ScriptProxy.Tests.Ca;

public sealed class CaRotateTests : IDisposable
{
    private readonly CaCommands _ca = new();

    public void Dispose() => _ca.Dispose();

    [Fact]
    public async Task ThreeSteps_ReplaceTheRootWithAnOverlap()
    {
        await _ca.SucceedAsync("create", "--permit-dns", "example.com");
        var first = (await FingerprintsAsync()).Single();

        await _ca.SucceedAsync("rotate");
        var prepared = await FingerprintsAsync();
        Assert.Equal(["root", "next"], await RolesAsync());
        Assert.Equal(first, prepared[0]);

        await _ca.SucceedAsync("rotate", "--switch");
        Assert.Equal(["root", "former"], await RolesAsync());
        Assert.Equal([prepared[1], first], await FingerprintsAsync());

        await _ca.SucceedAsync("rotate", "--finish");
        Assert.Equal([prepared[1]], await FingerprintsAsync());
        var shown = await _ca.ShowAsync();
        Assert.True(shown.GetProperty("usable").GetBoolean());
        Assert.Equal("DNS:example.com", shown.GetProperty("certificates")[0].GetProperty("permitted")[0].GetString());
        Assert.Equal([".lock", "ca-key.pem", "ca.pem"], Directory.GetFiles(_ca.CaDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("bundle")]
    public async Task DuringTheOverlap_BothRootsAreExported(string format)
    {
        await _ca.SucceedAsync("create");
        await _ca.SucceedAsync("rotate", "--now");

        await _ca.SucceedAsync("export", "--format", format, "--out", "@file");

        var exported = File.ReadAllText(_ca.PathOf("file")).ReplaceLineEndings("");
        var both = File.ReadAllText(_ca.PathOf("ca/ca.pem")).ReplaceLineEndings("").Split("-----END CERTIFICATE-----", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, both.Length);
        Assert.All(both, certificate => Assert.Contains(certificate, exported, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancel_ForgetsTheNextRootAndItsKey()
    {
        await _ca.SucceedAsync("create");
        var first = await FingerprintsAsync();
        await _ca.SucceedAsync("rotate");

        await _ca.SucceedAsync("rotate", "--cancel");

        Assert.Equal(first, await FingerprintsAsync());
        Assert.Equal([".lock", "ca-key.pem", "ca.pem"], Directory.GetFiles(_ca.CaDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--switch", "there is no next root to switch to. Make it: scriptproxy ca rotate")]
    [InlineData("--finish", "there is no former root to forget.")]
    [InlineData("--cancel", "there is no next root to forget.")]
    public async Task StepOutOfOrder_IsRefused(string step, string expected)
    {
        await _ca.SucceedAsync("create");

        await _ca.RefusedAsync(1, expected, "rotate", step);
    }

    [Theory]
    [InlineData("", "the next root is made already.")]
    [InlineData("--finish", "the next root does not sign yet.")]
    public async Task StepOutOfOrderAfterTheFirst_IsRefused(string step, string expected)
    {
        await _ca.SucceedAsync("create");
        await _ca.SucceedAsync("rotate");

        await _ca.RefusedAsync(1, expected, ["rotate", .. step.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    [Fact]
    public async Task TwoSteps_AreRefused()
    {
        await _ca.SucceedAsync("create");

        await _ca.RefusedAsync(2, "--switch and --finish: expected one step at a time.", "rotate", "--switch", "--finish");
    }

    private async Task<string[]> RolesAsync() => [.. (await _ca.ShowAsync()).GetProperty("certificates").EnumerateArray().Select(certificate => certificate.GetProperty("role").GetString()!)];

    private async Task<string[]> FingerprintsAsync() => [.. (await _ca.ShowAsync()).GetProperty("certificates").EnumerateArray().Select(certificate => certificate.GetProperty("sha256").GetString()!)];
}
