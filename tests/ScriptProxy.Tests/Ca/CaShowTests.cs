using ScriptProxy.Testing;

namespace ScriptProxy.Tests.Ca;

public sealed class CaShowTests : IDisposable
{
    private readonly CaCommands _ca = new();

    public void Dispose() => _ca.Dispose();

    [Fact]
    public async Task Fingerprints_AreThoseOfOpenssl()
    {
        await _ca.SucceedAsync("create");

        var output = await _ca.SucceedAsync("show");

        foreach (var hash in new[] { "-sha256", "-sha1" })
        {
            var fingerprint = (await _ca.ProgramAsync("openssl", "x509", "-in", "ca/ca.pem", "-noout", "-fingerprint", hash)).Split('=')[1].Trim();
            Assert.Contains(fingerprint, output, StringComparison.Ordinal);
        }

        Assert.Contains($"Certificates: {_ca.PathOf("ca/ca.pem")}", output, StringComparison.Ordinal);
        Assert.Contains($"{_ca.PathOf("ca/ca-key.pem")} (mode 0600)", output, StringComparison.Ordinal);
        Assert.Contains("ECDSA P-256", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_SaysWhetherItCanBeUsed()
    {
        await _ca.SucceedAsync("create");

        var shown = await _ca.ShowAsync();

        Assert.True(shown.GetProperty("usable").GetBoolean());
        var certificate = Assert.Single(shown.GetProperty("certificates").EnumerateArray());
        Assert.Equal(("root", 0), (certificate.GetProperty("role").GetString(), certificate.GetProperty("pathLength").GetInt32()));
        Assert.InRange(certificate.GetProperty("daysLeft").GetInt32(), 3651, 3653);
    }

    [Fact]
    public Task NoCertificate_SaysHowToMakeOne() => _ca.RefusedAsync(1, "@ca/ca.pem: there is no root certificate yet. Make one: scriptproxy ca create", "show");

    [Fact]
    public async Task Expired_IsShownAndIsAFailure()
    {
        Directory.CreateDirectory(_ca.CaDirectory);
        using var authority = TestAuthority.New("Old", end: DateTimeOffset.UtcNow.AddDays(-1));
        authority.WriteTo(_ca.CaDirectory);

        Assert.Equal(1, await _ca.RunAsync("show"));

        Assert.Contains("(expired)", _ca.Output, StringComparison.Ordinal);
        Assert.Contains("expired on", _ca.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyOfAnother_IsAFailure()
    {
        await _ca.SucceedAsync("create", "--ca-dir", "@other");
        await _ca.SucceedAsync("create");
        File.Copy(_ca.PathOf("other/ca-key.pem"), _ca.PathOf("ca/ca-key.pem"), overwrite: true);

        Assert.Equal(1, await _ca.RunAsync("show", "--json"));
        Assert.Contains("not the private key of", _ca.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("show")]
    [InlineData("export")]
    [InlineData("install")]
    [InlineData("uninstall")]
    [InlineData("create")]
    [InlineData("use")]
    [InlineData("rotate")]
    public async Task Help_EndsWithExamples(string command)
    {
        var output = await _ca.SucceedAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Contains($"Examples:{Environment.NewLine}  ", output, StringComparison.Ordinal);
        Assert.Contains($"scriptproxy ca {command}", output[output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shwo", "shwo: there is no such command; did you mean show?")]
    [InlineData("show --jsn", "--jsn: there is no such option; did you mean --json?")]
    [InlineData("show now", "now: show takes no such argument.")]
    [InlineData("use", "FILE: expected after use, got nothing.")]
    public Task WrongUse_IsNamed(string words, string expected) => _ca.RefusedAsync(2, expected, words.Split(' '));

    [Fact]
    public Task NoSubcommand_NamesThem() => _ca.RefusedAsync(2, "ca: expected show, export, install, uninstall, create, use or rotate after it.");
}
