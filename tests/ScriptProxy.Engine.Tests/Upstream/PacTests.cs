using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Traffic whose way a PAC script chooses.</summary>
public sealed class PacTests : IDisposable
{
    private readonly string _directory = TemporaryFiles.NewDirectory();

    private string ScriptFile => Path.Combine(_directory, "proxy.pac");

    public void Dispose() => TemporaryFiles.Delete(_directory);

    [Fact]
    public async Task Script_ChoosesPerHost()
    {
        await using var upstream = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthrough");
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("direct"));
        Write($"function FindProxyForURL(url, host) {{ return url == 'http://far.test/' && host == 'far.test' ? 'PROXY {upstream.EndPoint}; DIRECT' : 'DIRECT'; }}");
        await using var proxy = await StartAsync(origin);
        var client = proxy.CreateClient();

        Assert.Equal("through", await client.GetStringAsync("http://far.test/some/path?and=query"));
        Assert.Equal("direct", await client.GetStringAsync("https://origin.test/"));

        await proxy.WaitForFlowAsync(1);
        Assert.Equal([$"http://{upstream.EndPoint} (PAC, --upstream)", "direct (PAC, --upstream)"], proxy.Flows.Select(flow => flow.Upstream));
    }

    [Fact]
    public async Task ProxyThatIsDown_IsFollowedByTheNext()
    {
        await using var upstream = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthrough");
        Write($"function FindProxyForURL(url, host) {{ return 'PROXY 127.0.0.1:1; HTTPS 127.0.0.1:1; PROXY {upstream.EndPoint}'; }}");
        await using var proxy = await StartAsync(null);

        Assert.Equal("through", await proxy.CreateClient().GetStringAsync("http://far.test/"));
        Assert.Equal($"http://{upstream.EndPoint} (PAC, --upstream)", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Fact]
    public async Task ProxyThatIsAlsoAnUpstreamByName_GetsItsCredentials()
    {
        await using var upstream = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Write($"function FindProxyForURL(url, host) {{ return 'PROXY {upstream.EndPoint}'; }}");
        await using var proxy = await StartAsync(null, new ProxyOptions { Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = $"http://user:pass@{upstream.EndPoint}" } } });

        Assert.Equal("ok", await proxy.CreateClient().GetStringAsync("http://far.test/"));
        Assert.Contains("\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n", upstream.Connections.Single().ReceivedText, StringComparison.Ordinal);
        Assert.Equal("corp (PAC, --upstream)", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Fact]
    public async Task ScriptThatFails_FailsTheFlow()
    {
        Write("function FindProxyForURL(url, host) { return nothing.there; }");
        await using var proxy = await StartAsync(null);

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://far.test/", 502, "proxy_configuration_error", "gave no answer: line 1: ");
    }

    [Fact]
    public async Task ScriptByUrl_IsFetchedWithoutProxy()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(
            context.Request.Path == "/proxy.pac" ? "function FindProxyForURL(url, host) { return 'DIRECT'; }" : "direct"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Upstream = $"pac+http://{origin.HttpEndPoint}/proxy.pac" } });

        Assert.Equal("direct", await proxy.CreateClient().GetStringAsync("http://origin.test/"));
    }

    [Fact]
    public async Task ScriptByUrlThatIsNotThere_FailsTheFlow()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Upstream = $"pac+http://{origin.HttpEndPoint}/proxy.pac" });

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://far.test/", 502, "proxy_configuration_error", "gave no answer: it was answered with 404.");
    }

    [Fact]
    public async Task ScriptThatChanged_IsReadAgain()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("direct"));
        Write("function FindProxyForURL(url, host) { return 'PROXY 127.0.0.1:1'; }");
        await using var proxy = await StartAsync(origin, new ProxyOptions { Upstreams = new Dictionary<string, UpstreamOptions> { ["script"] = new() { Url = $"pac+file:{ScriptFile}", Refresh = TimeSpan.FromMilliseconds(1) } } }, via: "script");
        var client = proxy.CreateClient();
        using (var refused = await client.GetAsync("http://origin.test/")) Assert.Equal(502, (int)refused.StatusCode);

        Write("function FindProxyForURL(url, host) { return 'DIRECT'; }");

        var end = Environment.TickCount64 + (long)TestDeadline.Limit.TotalMilliseconds;
        while (true)
        {
            using var response = await client.GetAsync("http://origin.test/");
            if (response.IsSuccessStatusCode) break;
            Assert.True(Environment.TickCount64 < end, "The new script was never asked.");
        }
    }

    [Theory]
    [InlineData(null, "there is no such file.")]
    [InlineData("function (", "line 1: ")]
    [InlineData("var x;", "it declares no function FindProxyForURL(url, host).")]
    public async Task FileThatCannotWork_StopsTheStart(string? text, string expected)
    {
        if (text is not null) Write(text);

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => StartAsync(null));

        Assert.StartsWith($"--upstream: PAC {ScriptFile}: {expected}", exception.Message, StringComparison.Ordinal);
    }

    private void Write(string script) => File.WriteAllText(ScriptFile, script);

    private Task<TestProxy> StartAsync(TestOrigin? origin, ProxyOptions? options = null, string? via = null) => TestProxy.StartAsync(new TestProxyOptions
    {
        Origins = origin is null ? [] : [origin],
        Proxy = (options ?? new ProxyOptions()) with { Upstream = via ?? $"pac+file:{ScriptFile}" },
    });
}
