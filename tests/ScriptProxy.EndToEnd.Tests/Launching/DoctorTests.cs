using System.Text.Json;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Launching;

public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task NoRootCertificate_IsSaid_AndNoneIsMade()
    {
        var run = await DoctorAsync([]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal([$"failed   root certificate: there is none in {CaFolder}", "-> Start the proxy once, which makes it, or name its folder with --ca-dir."], run.Lines);
        Assert.False(Directory.Exists(CaFolder));
    }

    [Fact]
    public async Task DamagedRootCertificate_IsSaid()
    {
        _folder.Write("ca/ca.pem", "no certificate");

        var run = await DoctorAsync([]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("failed   root certificate: " + Path.Combine(CaFolder, "ca.pem"), run.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramsThatWereNotTold_DoNotTrust_AndAProxyThatRunsIntercepts()
    {
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);

        var checks = await ChecksAsync([]);

        Assert.Equal("ok", checks["root certificate"].Status);
        foreach (var name in new[] { "curl", "wget", "python3", "node", "java", "chromium" })
        {
            Assert.Equal("failed", checks[name].Status);
            Assert.NotNull(checks[name].Remedy);
        }

        Assert.Equal("ok", checks["proxy"].Status);
        Assert.Equal("ok", checks["interception"].Status);
    }

    [Fact]
    public async Task EnvironmentOfEnv_MakesAllTrust()
    {
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);
        var variables = JsonSerializer.Deserialize<Dictionary<string, string>>((await Command([]).RunAsync("env", "--format", "json")).Succeeded().Output)!;

        // NSS is told apart: it reads no variable.
        Directory.CreateDirectory(_folder.PathOf(".pki/nssdb"));
        var certutil = new ClientProgram("certutil", "libnss3-tools", _folder.FullName);
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-N", "--empty-password")).Succeeded();
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-A", "-t", "C,,", "-n", "scriptproxy", "-i", proxy.RootCertificatePath)).Succeeded();

        var checks = await ChecksAsync(variables);

        Assert.All(checks.Values, check => Assert.True(check.Status == "ok", check.ToString()));
        Assert.Equal(["root certificate", "system", "curl", "wget", "python3", "node", "java", "chromium", "proxy", "interception"], checks.Keys);
    }

    [Fact]
    public async Task Url_IsAskedForThroughTheProxy()
    {
        await using var origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        _folder.Write("lead.csx", LaunchFixture.Script(origin));
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "-s", "lead.csx", "--upstream-ca", origin.RootCertificatePath);

        var found = (await ChecksAsync([], "https://origin.test/echo"))["interception"];
        var refused = (await ChecksAsync([], "https://elsewhere.test/"))["interception"];

        Assert.Equal(("ok", "https://origin.test/echo was answered 200 OK, through the proxy"), (found.Status, found.Detail));
        Assert.Equal("failed", refused.Status);
        Assert.Contains("Proxy-Status: scriptproxy", refused.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ProxyWithAnotherRoot_IsSaid()
    {
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);
        await using var other = await ProxyProcess.StartListeningAsync(_folder.FullName, "--ca-dir", _folder.PathOf("other"));

        var checks = await ChecksAsync([], "--listen", other.EndPoint.ToString());

        Assert.Equal("failed", checks["interception"].Status);
        Assert.Contains("is none of this root", checks["interception"].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoProxy_IsSaid()
    {
        await using (var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName)) proxy.Kill();

        var checks = await ChecksAsync([], "--listen", "127.0.0.1:1");

        Assert.Equal(("failed", "nothing listens on 127.0.0.1:1"), (checks["proxy"].Status, checks["proxy"].Detail));
        Assert.Equal("skipped", checks["interception"].Status);
    }

    [Theory]
    [InlineData("ftp://a.test/", "URL \"ftp://a.test/\": expected http://… or https://…")]
    [InlineData("--listen=nowhere", "--listen \"nowhere\": expected HOST:PORT, such as 127.0.0.1:8080.")]
    public async Task WrongUse_EndsWith2(string word, string expected)
    {
        var run = await DoctorAsync([], word);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(expected, run.Errors.Trim());
    }

    private string CaFolder => _folder.PathOf("ca");

    private ClientProgram Command(Dictionary<string, string> variables)
    {
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = CaFolder } };
        foreach (var (name, value) in variables) command.Environment[name] = value;
        return command;
    }

    private Task<ProgramRun> DoctorAsync(Dictionary<string, string> variables, params string[] words) => Command(variables).RunAsync(["doctor", .. words]);

    private async Task<Dictionary<string, Check>> ChecksAsync(Dictionary<string, string> variables, params string[] words)
    {
        var run = await DoctorAsync(variables, [.. words, "--json"]);
        var document = JsonDocument.Parse(run.Output).RootElement;
        var checks = document.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!,
            check => new Check(check.GetProperty("status").GetString()!, check.GetProperty("detail").GetString()!, check.GetProperty("remedy").GetString()));
        Assert.Equal(document.GetProperty("ok").GetBoolean() ? 0 : 1, run.ExitCode);
        Assert.Equal(document.GetProperty("ok").GetBoolean(), checks.Values.All(check => check.Status != "failed"));
        return checks;
    }

    private sealed record Check(string Status, string Detail, string? Remedy);
}
