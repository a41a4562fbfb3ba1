using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Clients;
using ScriptProxy.EndToEnd.Tests.Launching;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>A JVM that is given the JAVA_OPTS of the examples, and those of Kestra's own guide, and nothing else.</summary>
public sealed partial class KestraTests : IAsyncLifetime
{
    /// <summary>Of the guide "MITM proxy for Kestra", Docker Compose.</summary>
    private const string Guide = "-Djavax.net.ssl.trustStore=/app/ssl/truststore.jks -Djavax.net.ssl.trustStorePassword=changeit -Djavax.net.ssl.trustStoreType=JKS -Dhttp.proxyHost=your.proxy.net -Dhttp.proxyPort=8000 "
        + "-Dhttps.proxyHost=your.proxy.net -Dhttps.proxyPort=8000 -Dhttp.nonProxyHosts=localhost|127.0.0.1|your.nexus.domain.com";

    private readonly TemporaryFolder _folder = new();
    private TestOrigin _origin = null!;
    private ProxyProcess _proxy = null!;
    private string _uploadPath = "";

    public async Task InitializeAsync()
    {
        _origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        _uploadPath = _folder.Write("upload.bin", EchoFixture.Upload);
        _folder.Write("lead.csx", LaunchFixture.Script(_origin));
        _proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName, "-s", ExampleFile.PathOf("kestra/mask-and-audit.csx"), "--set", $"mask-and-audit.output={_folder.PathOf("audit.jsonl")}", "-s", "lead.csx", "--upstream-ca", _origin.RootCertificatePath, "-v");
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("helm")]
    [InlineData("guide")]
    public async Task CallsUploadsAndRedirects_GoThroughTheProxy(string source)
    {
        var options = await OptionsAsync(source);

        EchoFixture.AssertGetAndPost(await JavaAsync(options, "https://origin.test/echo", _uploadPath), "URLConnection");
        var redirected = (await JavaAsync(options, "https://origin.test/redirect?once")).Succeeded().Output;
        Assert.Equal("/echo?by=redirect", EchoFixture.AssertEchoed(redirected[redirected.IndexOf('{', StringComparison.Ordinal)..], "GET").Target);

        var audit = await AuditAsync(4);
        Assert.Equal(["GET 200", "POST 200", "GET 302", "GET 200"], audit.Select(call => $"{call.GetProperty("method")} {call.GetProperty("status")}"));
        Assert.Equal(EchoFixture.Upload.Length, audit[1].GetProperty("sent").GetInt64());
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("helm")]
    [InlineData("guide")]
    public async Task ExemptHosts_AreReachedDirectly(string source)
    {
        var run = await JavaAsync(await OptionsAsync(source), $"http://127.0.0.1:{_origin.HttpEndPoint.Port}/echo?direct");

        Assert.Null(EchoAnswer.Parse(run.Succeeded().Output[run.Output.IndexOf('{', StringComparison.Ordinal)..]).Through);
    }

    [Fact]
    public async Task ExemptHostsOverTls_AreTrustedAsBefore()
    {
        // The truststore holds the roots that this system trusts; here that of the origin is one of them.
        var run = await JavaAsync(await OptionsAsync("compose"), $"https://127.0.0.1:{_origin.HttpsEndPoint.Port}/echo?direct");

        Assert.Null(EchoAnswer.Parse(run.Succeeded().Output[run.Output.IndexOf('{', StringComparison.Ordinal)..]).Through);
    }

    [Fact]
    public async Task Secrets_AreInNoRecord()
    {
        var curl = new ClientProgram("curl", "curl", _folder.FullName);

        (await curl.RunAsync("-sS", "--proxy", _proxy.Url, "--cacert", _proxy.RootCertificatePath, "-H", "X-Kestra-Token: hunter2", "-H", "Authorization: Bearer hunter3", "https://origin.test/echo?token=hunter4")).Succeeded();

        var call = Assert.Single(await AuditAsync(1));
        Assert.True(call.GetProperty("authorized").GetBoolean());
        await _proxy.UntilAsync(() => _proxy.Output.Any(line => line.Contains("X-Kestra-Token: ***", StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain("hunter", string.Concat(_proxy.Output) + call, StringComparison.Ordinal);
    }

    /// <summary>The options, with this test's paths, host and port in place of theirs, and the truststore made as the example, or the guide, says.</summary>
    private async Task<string[]> OptionsAsync(string source)
    {
        var ssl = _folder.PathOf("ssl");
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = _folder.PathOf("ca"), ["SSL_CERT_FILE"] = _origin.RootCertificatePath } };
        var printed = (await command.RunAsync("env", "--format", "java", "--proxy", "http://scriptproxy:8080", "--write", ssl, "--files", "/app/ssl")).Succeeded().Output;
        if (source == "guide")
        {
            (await new ClientProgram("keytool", "openjdk-17-jdk-headless", _folder.FullName).RunAsync(
                "-importcert", "-alias", "mitmproxy-ca", "-storepass", "changeit", "-keystore", Path.Combine(ssl, "truststore.jks"), "-storetype", "JKS", "-trustcacerts", "-file", Path.Combine(ssl, "ca.pem"), "-noprompt")).Succeeded();
        }

        var line = source switch
        {
            "compose" => ComposeOptions().Match(ExampleFile.Read("kestra/docker-compose.yml")).Groups[1].Value,
            "helm" => ExampleFile.Yaml("kestra/values.yaml")[0]["extraEnv"].Items().Single(variable => variable["name"].Text() == "JAVA_OPTS")["value"].Text(),
            _ => Guide,
        };
        var options = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // What the examples say is what the command prints, but for the hosts that are exempt.
        if (source == "compose") Assert.Equal(Ordered(printed.Split(' ')), Ordered(options));
        return [.. options.Select(option => Host().Replace(option, _proxy.EndPoint.Address.ToString()).Replace("/app/ssl/", ssl + "/", StringComparison.Ordinal)).Select(option => Port().Replace(option, _proxy.EndPoint.Port.ToString(CultureInfo.InvariantCulture)))];
    }

    private static string[] Ordered(IEnumerable<string> options) => [.. options.Select(option => option.Trim()).Where(option => !option.Contains("nonProxyHosts", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task<ProgramRun> JavaAsync(string[] options, params string[] arguments) =>
        new ClientProgram("java", "openjdk-17-jdk-headless", _folder.FullName).RunAsync([.. options, TestProgram.PathOf("UrlConnection.java"), .. arguments]);

    private async Task<JsonElement[]> AuditAsync(int count)
    {
        string[] lines = [];
        await _proxy.UntilAsync(() => File.Exists(_folder.PathOf("audit.jsonl")) && (lines = File.ReadAllLines(_folder.PathOf("audit.jsonl"))).Length >= count);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    [GeneratedRegex(@"- JAVA_OPTS=(.+)")]
    private static partial Regex ComposeOptions();

    [GeneratedRegex(@"(?<=proxyHost=)\S+")]
    private static partial Regex Host();

    [GeneratedRegex(@"(?<=proxyPort=)\d+")]
    private static partial Regex Port();
}
