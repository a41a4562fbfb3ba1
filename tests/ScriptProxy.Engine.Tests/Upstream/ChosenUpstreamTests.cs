using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Upstreams that addons choose.</summary>
public sealed class ChosenUpstreamTests
{
    private const string Through = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthrough";

    [Theory]
    [InlineData("""void OnRequest(HttpFlow flow) { if (flow.Request.Path == "/far") flow.Via("corp"); }""")]
    [InlineData("""void OnUpstreamConnecting(UpstreamConnect connect) { if (connect.Flow!.Request.Path == "/far") connect.Via("corp"); }""")]
    public async Task NameOfAnUpstream_IsFollowedForThatFlow(string script)
    {
        await using var upstream = RawOrigin.StartAnswering(Through);
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("direct"));
        await using var proxy = await StartAsync(origin, upstream, script);

        Assert.Equal("through", await GetAsync(proxy, "/far"));
        Assert.Equal("direct", await GetAsync(proxy, "/near"));

        await proxy.WaitForFlowAsync(1);
        Assert.Equal(["corp (addon)", null], proxy.Flows.Select(flow => flow.Upstream));
    }

    [Fact]
    public async Task Url_IsFollowed_AndItsCredentialsAreNotShown()
    {
        await using var upstream = RawOrigin.StartAnswering(Through);
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await StartAsync(origin, upstream, $"void OnRequest(HttpFlow flow) => flow.Via(\"http://user:pass@{upstream.EndPoint}\");");

        Assert.Equal("through", await GetAsync(proxy, "/"));
        Assert.Equal($"http://{upstream.EndPoint} (addon)", (await proxy.WaitForFlowAsync()).Upstream);
        Assert.Contains("Proxy-Authorization: Basic ", upstream.Connections.Single().ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Direct_BeatsTheRoutes()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("direct"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Origins = [origin],
            Proxy = new ProxyOptions { Upstream = "http://127.0.0.1:1" },
            Script = """void OnRequest(HttpFlow flow) => flow.Via("direct");""",
        });

        Assert.Equal("direct", await GetAsync(proxy, "/"));
    }

    [Fact]
    public async Task ConnectionsOfAFlowsChoice_AreSharedByThatChoiceAlone()
    {
        await using var upstream = RawOrigin.StartAnswering(Through);
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("direct"));
        await using var proxy = await StartAsync(origin, upstream, """void OnRequest(HttpFlow flow) { if (flow.Request.Path == "/far") flow.Via("corp"); }""");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("through", await GetAsync(proxy, "/far"));
            Assert.Equal("direct", await GetAsync(proxy, "/near"));
        }

        Assert.Single(upstream.Connections);
    }

    [Theory]
    [InlineData("""void OnRequest(HttpFlow flow) => flow.Via("crop");""", "there is no such upstream. Known: corp, direct; or a URL.")]
    [InlineData("""void OnUpstreamConnecting(UpstreamConnect connect) => connect.Via("ftp://user:secret@a");""", "expected a URL that begins with ")]
    public async Task UpstreamThatIsNone_FailsTheFlow(string script, string details)
    {
        await using var upstream = RawOrigin.StartAnswering(Through);
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await StartAsync(origin, upstream, script);

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://origin.test/", 502, "proxy_configuration_error", $"An addon chose an upstream that cannot be used: {details}");
    }

    [Fact]
    public async Task Tunnel_GoesWhereTheHookSays()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            Assert.Equal("CONNECT origin.test:22 HTTP/1.1\r\nHost: origin.test:22\r\n\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\nready");
        });
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await StartAsync(origin, upstream, """
            void OnConnect(ConnectFlow connect) => connect.Tunnel();
            void OnUpstreamConnecting(UpstreamConnect connect) => connect.Via("corp");
            """);
        await using var client = await proxy.TunnelAsync("origin.test:22");

        Assert.Equal("ready", await client.ReadExactlyAsync(5));
        await client.EndSendingAsync();
        await client.ReadToEndAsync();
        Assert.Equal("corp (addon)", (await proxy.WaitForFlowAsync()).Upstream);
    }

    private static async Task<string> GetAsync(TestProxy proxy, string path)
    {
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET http://origin.test{path} HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        var message = await client.ReadMessageAsync();
        await client.EndSendingAsync();
        await client.ReadToEndAsync();
        return message.Contains("through", StringComparison.Ordinal) ? "through" : message.Contains("direct", StringComparison.Ordinal) ? "direct" : message;
    }

    private static Task<TestProxy> StartAsync(TestOrigin origin, RawOrigin upstream, string script) => TestProxy.StartAsync(new TestProxyOptions
    {
        Origins = [origin],
        Proxy = new ProxyOptions { Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = $"http://{upstream.EndPoint}" } } },
        Script = script,
    });
}
