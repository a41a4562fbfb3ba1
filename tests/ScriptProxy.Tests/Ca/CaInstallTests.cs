using System.Text.Json;

namespace ScriptProxy.Tests.Ca;

public sealed class CaInstallTests : IAsyncLifetime
{
    private readonly CaCommands _ca = new();

    public async Task InitializeAsync() => await _ca.SucceedAsync("create");

    public Task DisposeAsync()
    {
        _ca.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Nss_TrustsItUntilItIsRemoved()
    {
        await InstallTwiceAsync("--nss", "@nssdb");
        Assert.Matches(@"scriptproxy-[0-9a-f]{16}\s+C,,", await _ca.ProgramAsync("certutil", "-L", "-d", "sql:nssdb"));

        await RemoveTwiceAsync("--nss", "@nssdb");
        Assert.DoesNotContain("scriptproxy", await _ca.ProgramAsync("certutil", "-L", "-d", "sql:nssdb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Java_TrustsItUntilItIsRemoved()
    {
        // Debian keeps the truststore of its JVMs here.
        File.Copy("/etc/ssl/certs/java/cacerts", _ca.PathOf("cacerts"));
        var mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(_ca.PathOf("cacerts"));

        await InstallTwiceAsync("--java", "@cacerts");
        Assert.Matches(@"scriptproxy-[0-9a-f]{16}, .*trustedCertEntry", await _ca.ProgramAsync("keytool", "-list", "-keystore", "cacerts", "-storepass", "changeit"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(mode, File.GetUnixFileMode(_ca.PathOf("cacerts")));

        await RemoveTwiceAsync("--java", "@cacerts");
        Assert.DoesNotContain("scriptproxy", await _ca.ProgramAsync("keytool", "-list", "-keystore", "cacerts", "-storepass", "changeit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JavaWithAnotherPassword_IsNamedAndNotChanged()
    {
        File.Copy("/etc/ssl/certs/java/cacerts", _ca.PathOf("cacerts"));
        var before = File.ReadAllBytes(_ca.PathOf("cacerts"));

        await _ca.RefusedAsync(1, "Its password is given with --java-password.", "install", "--java", "@cacerts", "--java-password", "another");

        Assert.Equal(before, File.ReadAllBytes(_ca.PathOf("cacerts")));
    }

    [Theory]
    [InlineData("usr/local/share/ca-certificates", ".crt", "update-ca-certificates")]
    [InlineData("etc/pki/ca-trust/source/anchors", ".pem", "update-ca-trust")]
    [InlineData("etc/ca-certificates/trust-source/anchors", ".crt", "update-ca-trust")]
    [InlineData("etc/pki/trust/anchors", ".pem", "update-ca-certificates")]
    public async Task Image_GetsTheFileOfItsDistribution(string folder, string extension, string program)
    {
        Directory.CreateDirectory(_ca.PathOf("image/" + folder));

        Assert.Contains($"to be run in it: {program}", await InstallTwiceAsync("--root", "@image"), StringComparison.Ordinal);

        var file = Assert.Single(Directory.GetFiles(_ca.PathOf("image/" + folder)));
        Assert.Equal(extension, Path.GetExtension(file));
        Assert.Equal(File.ReadAllText(_ca.PathOf("ca/ca.pem")), File.ReadAllText(file));
        await RemoveTwiceAsync("--root", "@image");
        Assert.Empty(Directory.GetFiles(_ca.PathOf("image/" + folder)));
    }

    [Fact]
    public async Task DryRun_SaysTheStepsAndTakesNone()
    {
        Directory.CreateDirectory(_ca.PathOf("image/usr/local/share/ca-certificates"));

        var output = await _ca.SucceedAsync("install", "--root", "@image", "--nss", "@nssdb", "--dry-run");

        Assert.Contains("would be trusted by", output, StringComparison.Ordinal);
        Assert.Contains($"  write {_ca.PathOf("image/usr/local/share/ca-certificates/scriptproxy-")}", output, StringComparison.Ordinal);
        Assert.Contains("  certutil -A -d sql:", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_ca.PathOf("image/usr/local/share/ca-certificates")));
        Assert.False(Directory.Exists(_ca.PathOf("nssdb")));
    }

    [Fact]
    public async Task FormerRoot_IsRemovedByItsFingerprint()
    {
        Directory.CreateDirectory(_ca.PathOf("image/usr/local/share/ca-certificates"));
        await _ca.SucceedAsync("install", "--root", "@image");
        var fingerprint = (await _ca.ShowAsync()).GetProperty("certificates")[0].GetProperty("sha256").GetString()!;
        await _ca.SucceedAsync("create", "--force");

        var output = await _ca.SucceedAsync("uninstall", "--root", "@image", "--sha256", fingerprint, "--json");

        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("results")[0].GetProperty("done").GetBoolean());
        Assert.Empty(Directory.GetFiles(_ca.PathOf("image/usr/local/share/ca-certificates")));
    }

    [Theory]
    [InlineData("install --java @nowhere", 2, "expected a Java home with lib/security/cacerts, or a truststore.")]
    [InlineData("install --root @nowhere", 1, "@nowhere: has none of the folders that Debian")]
    [InlineData("uninstall --root @nowhere --sha256 12", 2, "--sha256 \"12\": expected 64 hexadecimal digits")]
    public async Task WhatIsNotThere_IsNamed(string words, int exitCode, string expected)
    {
        if (words.Contains("--sha256", StringComparison.Ordinal)) Directory.CreateDirectory(_ca.PathOf("nowhere/usr/local/share/ca-certificates"));

        await _ca.RefusedAsync(exitCode, expected, words.Split(' '));
    }

    private async Task<string> InstallTwiceAsync(params string[] store)
    {
        var output = await _ca.SucceedAsync(["install", .. store]);
        Assert.Contains("is trusted from now on by", output, StringComparison.Ordinal);
        Assert.Contains("is trusted already by", await _ca.SucceedAsync(["install", .. store]), StringComparison.Ordinal);
        return output;
    }

    private async Task RemoveTwiceAsync(params string[] store)
    {
        Assert.Contains("is trusted no longer by", await _ca.SucceedAsync(["uninstall", .. store]), StringComparison.Ordinal);
        Assert.Contains("is not trusted by", await _ca.SucceedAsync(["uninstall", .. store]), StringComparison.Ordinal);
    }
}
