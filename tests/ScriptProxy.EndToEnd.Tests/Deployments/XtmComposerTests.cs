using System.Text.Json;
using ScriptProxy.EndToEnd.Tests.Launching;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>Clients that are given what the composer is given, and what it hands on to connectors.</summary>
public sealed class XtmComposerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestOrigin _origin = null!;
    private ProxyProcess _proxy = null!;

    public async Task InitializeAsync()
    {
        _origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        _folder.Write("lead.csx", LaunchFixture.Script(_origin));
        _proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "-s", ExampleFile.PathOf("xtm-composer/hide-keys.csx"), "-s", "lead.csx", "--upstream-ca", _origin.RootCertificatePath, "-v");
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Files_SayWhatTheCommandPrints()
    {
        var printed = await PrintedAsync("http://scriptproxy:8080", _folder.PathOf("ca-out"), "/etc/scriptproxy");
        Assert.Equal(ExampleFile.Read("xtm-composer/proxy.env"), printed);

        var variables = Variables(printed);
        var config = JsonDocument.Parse(ExampleFile.Read("xtm-composer/config.json")).RootElement;
        Assert.Equal(variables["HTTP_PROXY"], config.GetProperty("http_proxy").GetString());
        Assert.Equal(variables["HTTPS_PROXY"], config.GetProperty("https_proxy").GetString());
        Assert.Equal(variables["NO_PROXY"], config.GetProperty("no_proxy").GetString());
        Assert.Equal(variables["HTTPS_PROXY_CA"], config.GetProperty("https_proxy_ca").GetRawText());
        Assert.Equal(variables["HTTPS_PROXY_REJECT_UNAUTHORIZED"], config.GetProperty("https_proxy_reject_unauthorized").GetRawText());
    }

    [Fact]
    public async Task Composer_CallsThroughTheProxy_AndVerifiesAgainstItsRoot()
    {
        var variables = Variables(await PrintedAsync(_proxy.Url, _folder.PathOf("trust"), _folder.PathOf("trust")));
        var root = JsonSerializer.Deserialize<string[]>(variables["HTTPS_PROXY_CA"])!.Single();

        var verified = await CurlAsync(variables, "--cacert", root, "-H", "X-OTX-API-KEY: hunter2", "https://origin.test/echo?apikey=hunter3");
        var unverified = await CurlAsync(variables, "https://origin.test/echo");

        EchoFixture.AssertEchoed(verified.Succeeded().Output, "GET");
        Assert.Equal(60, unverified.ExitCode);
        await _proxy.UntilAsync(() => _proxy.Output.Any(line => line.Contains("X-OTX-API-KEY: ***", StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain("hunter", string.Concat(_proxy.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProxyThatIsReachedByTls_IsVerifiedAgainstTheSameRoot()
    {
        var variables = Variables(await PrintedAsync($"https://localhost:{_proxy.EndPoint.Port}", _folder.PathOf("trust"), _folder.PathOf("trust")));
        var root = JsonSerializer.Deserialize<string[]>(variables["HTTPS_PROXY_CA"])!.Single();

        var verified = await CurlAsync(variables, "--proxy-cacert", root, "--cacert", root, "https://origin.test/echo");
        var unverified = await CurlAsync(variables, "--cacert", root, "https://origin.test/echo");

        EchoFixture.AssertEchoed(verified.Succeeded().Output, "GET");
        Assert.Equal(60, unverified.ExitCode);
    }

    [Fact]
    public async Task CertificatesOfTheProxyAndOfOpenCti_AreTwoScopes()
    {
        // OpenCTI itself is exempt, and has an authority of its own: app.https_cert.ca.
        var variables = Variables(await PrintedAsync(_proxy.Url, _folder.PathOf("trust"), _folder.PathOf("trust")));
        var openCti = $"https://127.0.0.1:{_origin.HttpsEndPoint.Port}/echo";
        var proxyRoot = Path.Combine(_folder.PathOf("trust"), "ca.pem");

        var own = await CurlAsync(variables, "--cacert", _origin.RootCertificatePath, openCti);
        Assert.Null(EchoAnswer.Parse(own.Succeeded().Output).Through);

        Assert.Equal(60, (await CurlAsync(variables, "--cacert", proxyRoot, openCti)).ExitCode);
        Assert.Equal(60, (await CurlAsync(variables, "--cacert", _origin.RootCertificatePath, "https://origin.test/echo")).ExitCode);
    }

    [Fact]
    public async Task Connector_UsesWhatTheComposerInjects()
    {
        const string Program = """
            import json, os, ssl, urllib.request
            context = ssl.create_default_context(cadata=os.environ['HTTPS_CA_CERTIFICATES'])
            print(urllib.request.urlopen('https://origin.test/echo', context=context).read().decode())
            """;
        var variables = Variables(await PrintedAsync(_proxy.Url, _folder.PathOf("trust"), _folder.PathOf("trust")));
        var python = new ClientProgram("python3", "python3", _folder.FullName)
        {
            Environment =
            {
                ["HTTP_PROXY"] = variables["HTTP_PROXY"],
                ["HTTPS_PROXY"] = variables["HTTPS_PROXY"],
                ["NO_PROXY"] = variables["NO_PROXY"],
                ["HTTPS_CA_CERTIFICATES"] = await File.ReadAllTextAsync(Path.Combine(_folder.PathOf("trust"), "ca.pem")),
            },
        };

        EchoFixture.AssertEchoed((await python.RunAsync("-c", Program)).Succeeded().Output, "GET");
    }

    private static Dictionary<string, string> Variables(string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private async Task<string> PrintedAsync(string proxy, string write, string files)
    {
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = _folder.PathOf("ca") } };
        return (await command.RunAsync("env", "--format", "xtm", "--proxy", proxy, "--exempt", "opencti,rabbitmq,elasticsearch,redis,minio", "--write", write, "--files", files)).Succeeded().Output;
    }

    private Task<ProgramRun> CurlAsync(Dictionary<string, string> variables, params string[] arguments)
    {
        var curl = new ClientProgram("curl", "curl", _folder.FullName);
        foreach (var (name, value) in variables) curl.Environment[name] = value;
        return curl.RunAsync(["--silent", "--show-error", .. arguments]);
    }
}
