using System.Net;
using System.Text.RegularExpressions;

namespace ScriptProxy.Tests.Admin;

public sealed partial class AdminTests : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task RunningProxy_IsAliveAndReady()
    {
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0");
        var admin = await AdminAsync(process);

        Assert.Equal("alive\n", await _client.GetStringAsync(admin + "healthz"));
        Assert.Equal("ready\n", await _client.GetStringAsync(admin + "readyz"));
    }

    [Fact]
    public async Task DrainingProxy_IsAliveAndNotReady()
    {
        using var origin = new Origin(answer: false);
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0", "--shutdown-timeout", "1h");
        var admin = await AdminAsync(process);
        var port = await process.ListeningAsync();
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://127.0.0.1:{port}") });
        var flow = client.GetStringAsync(new Uri($"http://127.0.0.1:{origin.Port}/"));
        await origin.Asked;

        process.Signal("TERM");
        HttpResponseMessage? readiness = null;
        await process.UntilAsync(() => (readiness = _client.GetAsync(new Uri(admin + "readyz")).GetAwaiter().GetResult()).StatusCode != HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness!.StatusCode);
        Assert.Equal("draining\n", await readiness.Content.ReadAsStringAsync());
        Assert.Equal("alive\n", await _client.GetStringAsync(admin + "healthz"));
        origin.Answer();

        Assert.Equal("hello", await flow);
        Assert.Equal(0, await process.ExitAsync());
    }

    [Fact]
    public async Task Metrics_CountConnectionsFlowsBytesErrorsAndHooks_AndNameNoHost()
    {
        using var origin = new Origin();
        await using var process = CommandProcess.Start(
            folder => File.WriteAllText(Path.Combine(folder, "count.csx"), "void OnRequest(HttpFlow flow) { }"), "-s", "count.csx", "--admin", "127.0.0.1:0");
        var admin = await AdminAsync(process);
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://127.0.0.1:{await process.ListeningAsync()}") });
        await client.GetStringAsync(new Uri($"http://127.0.0.1:{origin.Port}/secret-path"));
        using var failed = await client.GetAsync(new Uri("http://no-such-host.invalid/"));

        var text = "";
        await process.UntilAsync(() => (text = _client.GetStringAsync(admin + "metrics").GetAwaiter().GetResult()).Contains("scriptproxy_exchanges_total{status=\"5xx\"} 1\n", StringComparison.Ordinal));

        Assert.Contains("scriptproxy_exchanges_total{status=\"2xx\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("scriptproxy_errors_total{type=\"dns_error\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("scriptproxy_exchange_duration_seconds_count 2\n", text, StringComparison.Ordinal);
        Assert.Contains("scriptproxy_addon_calls_total{addon=\"count.csx\",hook=\"OnRequest\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("scriptproxy_addons 1\n", text, StringComparison.Ordinal);
        Assert.Matches("scriptproxy_connections_accepted_total [1-9]", text);
        Assert.Matches("scriptproxy_response_bytes_total [1-9]", text);
        Assert.DoesNotContain("secret-path", text, StringComparison.Ordinal);
        Assert.DoesNotContain("no-such-host", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
    }

    [Theory]
    [InlineData("localhost:80", HttpStatusCode.OK)]
    [InlineData("10.1.2.3:8082", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    [InlineData("metrics.internal", HttpStatusCode.OK)]
    [InlineData("rebound.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.example", HttpStatusCode.MisdirectedRequest)]
    public async Task UnexpectedName_IsRefused(string host, HttpStatusCode expected)
    {
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0", "--admin-host", "metrics.internal");
        using var request = new HttpRequestMessage(HttpMethod.Get, await AdminAsync(process) + "metrics") { Headers = { Host = host } };

        using var response = await _client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task AdminPort_IsNotReachedThroughTheProxy()
    {
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0");
        var admin = new Uri(await AdminAsync(process));
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://127.0.0.1:{await process.ListeningAsync()}") });

        foreach (var host in new[] { "127.0.0.1", "localhost", "0.0.0.0" })
        {
            using var response = await client.GetAsync(new Uri($"http://{host}:{admin.Port}/metrics"));
            Assert.Contains("error=proxy_loop_detected", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OtherMethodsAndPaths_AreRefused()
    {
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0");
        var admin = await AdminAsync(process);

        using var post = await _client.PostAsync(new Uri(admin + "healthz"), null);
        using var elsewhere = await _client.GetAsync(new Uri(admin + "debug"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Fact]
    public async Task PortInUse_ExitsWith2()
    {
        using var origin = new Origin();
        await using var process = CommandProcess.Start(null, "--admin", $"127.0.0.1:{origin.Port}");

        Assert.Equal(2, await process.ExitAsync());
        Assert.StartsWith($"--admin 127.0.0.1:{origin.Port}: cannot listen there.", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_AsksTheAdminPortWhereThereIsOne()
    {
        await using var process = CommandProcess.Start(null, "--admin", "127.0.0.1:0");
        var admin = new Uri(await AdminAsync(process));
        var output = new StringWriter();

        Assert.Equal(0, await new Cli.CommandLine(output, output, _ => null).RunAsync(["health", "--admin", $"127.0.0.1:{admin.Port}"]));
        Assert.Equal($"127.0.0.1:{admin.Port} answers.", output.ToString().Trim());
    }

    private static async Task<string> AdminAsync(CommandProcess process)
    {
        var match = Match.Empty;
        await process.UntilAsync(() => process.Errors.Any(line => (match = Banner().Match(line)).Success));
        return match.Groups[1].Value;
    }

    [GeneratedRegex(@"^Health, readiness and metrics: (http://\S+/)")]
    private static partial Regex Banner();

    [GeneratedRegex(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? [0-9.E+-]+)$")]
    private static partial Regex Line();
}
