using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

/// <summary>Every option that names a file or a folder, given what is none: one line says which option or path, why, and what to do.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class OddPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-odd-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public OddPathTests()
    {
        File.WriteAllText(PathOf("file"), "hello");
        Directory.CreateDirectory(PathOf("folder"));
        File.CreateSymbolicLink(PathOf("link"), PathOf("nowhere"));
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=Own", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
        {
            CertificateExtensions = { new System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension(true, false, 0, true) },
        }.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        File.WriteAllText(PathOf("own.pem"), certificate.ExportCertificatePem());
    }

    /// <summary>Words with {0} for the path, the exit code, and what the error names before the path.</summary>
    public static TheoryData<string, int, string> Reads => new()
    {
        { "--script {0}", 2, "" },
        { "--config {0}", 2, "" },
        { "--proxy-auth-file {0}", 2, "proxy-auth-file " },
        { "--listen-cert {0}", 2, "" },
        { "--upstream-ca {0}", 2, "--upstream-ca " },
        { "--request-client-certificate require --client-ca {0}", 2, "--client-ca " },
        { "--ca-password-file {0}", 2, "--ca-password-file " },
        { "ca use {0}", 1, "" },
        { "ca use @own.pem --key {0}", 1, "" },
        { "ca use @own.pem --chain {0}", 1, "" },
        { "ca use @own.pem --password-file {0}", 1, "--password-file " },
        { "ca export --format p12 --password-file {0}", 1, "--password-file " },
        { "ca show --ca-password-file {0}", 1, "--ca-password-file " },
        { "mask verify @file --secrets {0}", 2, "--secrets " },
        { "audit verify @file --key-file {0}", 2, "--key-file " },
    };

    public static TheoryData<string, int, string> Writes => new()
    {
        { "ca export --out {0}", 1, "--out " },
        { "env --proxy http://127.0.0.1:1 --write {0}", 1, "" },
        { "ca create --force --ca-dir {0}", 1, "" },
        { "ca install --nss {0}", 1, "--nss " },
        { "--log-file {0} -- true", 2, "--log-file \"" },
    };

    public static TheoryData<string> Options =>
    [
        "--script {0}", "--config {0}", "--addons {0}", "--cache-dir {0}", "--log-file {0}", "--ca-dir {0}", "--listen-key {0}", "ca export --out {0}", "ca use @own.pem --key {0}",
        "ca install --root {0}", "ca install --java {0}", "env --write {0}", "env --files {0}", "mask verify @file --secrets {0}", "audit verify @file --key-file {0}", "audit verify {0}",
    ];

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task WhatCannotBeRead_IsNamed(string words, int exitCode, string before)
    {
        await MakeRootAsync();
        await AssertRefusedAsync(words, "@missing", exitCode, before, "no such file");
        await AssertRefusedAsync(words, "@folder", exitCode, before, "a folder", "no such file"); // a folder may be a mounted secret
        await AssertRefusedAsync(words, "@link", exitCode, before, "which is not there", "no such file");
        await AssertRefusedAsync(words, "@file/below", exitCode, before, "no such file");
        await AssertRefusedAsync(words, "/dev/full", exitCode, before, "or no end", "longer than");
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task WhatCannotBeWritten_IsNamed(string words, int exitCode, string before)
    {
        await MakeRootAsync();
        await AssertRefusedAsync(words, "@file/below", exitCode, before, "is a file, not a folder");
        await AssertRefusedAsync(words, "/proc/scriptproxy-odd", exitCode, before, "can be made in /proc", "and it cannot be made");
    }

    [Fact]
    public async Task ExportToAFullDeviceOrAFolder_IsNamed()
    {
        await MakeRootAsync();
        await AssertRefusedAsync("ca export --out {0}", "/dev/full", 1, "--out ", "No space left on device");
        await AssertRefusedAsync("ca export --out {0}", "@folder", 1, "--out ", "it is a folder, not a file");
        await AssertRefusedAsync("ca export --out {0}", "@none/file", 1, "--out ", "there is no folder @none");
    }

    [Fact]
    public async Task ExportThroughALink_WritesWhatItLeadsTo()
    {
        await MakeRootAsync();

        Assert.Equal(0, await RunAsync("ca export --out @link"));

        Assert.Equal(PathOf("nowhere"), new FileInfo(PathOf("link")).LinkTarget);
        Assert.Contains("-----BEGIN CERTIFICATE", File.ReadAllText(PathOf("nowhere")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task EmptyName_IsWrongUse(string words)
    {
        Assert.Equal(2, await RunAsync(words.Replace("{0}", "", StringComparison.Ordinal)));

        Assert.Contains("got nothing.", Assert.Single(Lines), StringComparison.Ordinal);
    }

    private string[] Lines => _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private async Task MakeRootAsync() => Assert.Equal(0, await RunAsync("ca create"));

    private async Task AssertRefusedAsync(string words, string path, int exitCode, string before, params string[] reasons)
    {
        var given = path.Replace("@", _folder + "/", StringComparison.Ordinal);
        _error.GetStringBuilder().Clear();

        Assert.True(await RunAsync(words.Replace("{0}", path, StringComparison.Ordinal)) == exitCode, $"{words} {path}: {_error}");

        var line = Assert.Single(Lines);
        Assert.Contains(before, line, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(given), line, StringComparison.Ordinal);
        Assert.True(reasons.Any(reason => line.Contains(reason.Replace("@", _folder + "/", StringComparison.Ordinal), StringComparison.Ordinal)), line);
        Assert.DoesNotContain(".new", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string words)
    {
        var command = new CommandLine(_output, _error, name => name switch
        {
            "SCRIPTPROXY_CA_DIR" => PathOf("ca"),
            "SCRIPTPROXY_CACHE_DIR" => PathOf("cache"),
            "SCRIPTPROXY_LISTEN" => "127.0.0.1:0",
            _ => null,
        });
        return command.RunAsync([.. words.Split(' ').Select(word => word.Replace("@", _folder + "/", StringComparison.Ordinal))]);
    }
}
