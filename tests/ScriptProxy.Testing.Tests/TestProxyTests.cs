using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine;
using ScriptProxy.Scripting;

namespace ScriptProxy.Testing.Tests;

public sealed class TestProxyTests
{
    private const string Script = """void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Tag"] = "blue";""";

    [Theory]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    [InlineData("http", "1.1")]
    public async Task Script_SeesTheRequest(string scheme, string version)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Tag"]!));
        await using var proxy = await TestProxy.StartAsync(origin, Script);

        Assert.Equal("blue", await proxy.CreateClient(Version.Parse(version)).GetStringAsync($"{scheme}://origin.test/"));
        var flow = await proxy.WaitForFlowAsync();
        Assert.Equal(200, flow.StatusCode);
        Assert.Equal("GET", flow.Method);
    }

    [Fact]
    public async Task OptionsOfTheScript_AreSet()
    {
        const string WithOptions = """
            record Options { [Option("Tag.")] public string Tag { get; init; } = ""; }
            Options options = new();
            void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Tag"] = options.Tag;
            """;
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Tag"]!));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Script = WithOptions, Set = ["script.tag=green"] });

        Assert.Equal("green", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task Addon_SeesTheRequest()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Tag"]!));
        await using var proxy = await TestProxy.StartAsync(origin, new Tagging());

        Assert.Equal("red", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task RawClientAndRawOrigin_MeetThroughTheProxy()
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, "HTTP/1.1 200 Fine\r\nx-LENGTH:  none\r\nContent-Length: 2\r\n\r\nok");
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelTlsAsync("origin.test:443", "http/1.1");

        await client.SendAsync("GET /a HTTP/1.1\r\nHost: origin.test\r\nx-odd:  1\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 Fine\r\nx-LENGTH:  none\r\nContent-Length: 2\r\n\r\nok", await client.ReadMessageAsync());
        Assert.Equal("GET /a HTTP/1.1\r\nHost: origin.test\r\nx-odd:  1\r\n\r\n", (await origin.ConnectionAsync()).ReceivedText);
        Assert.Equal("origin.test", (await origin.ConnectionAsync()).ServerName);
    }

    [Fact]
    public async Task SavedScript_GoesLive()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Tag"]!));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Script = Script, Watch = true });
        var client = proxy.CreateClient();
        Assert.Equal("blue", await client.GetStringAsync("https://origin.test/"));

        await File.WriteAllTextAsync(proxy.ScriptPath, Script.Replace("blue", "green", StringComparison.Ordinal));

        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (await client.GetStringAsync("https://origin.test/") != "green") Assert.True(DateTime.UtcNow < deadline);
    }

    [Fact]
    public async Task BrokenScript_ThrowsItsErrors()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => TestProxy.StartAsync(origin, "void OnRequest(HttpFlow flow) => nonsense();"));

        Assert.Contains("script.csx(1,", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadOptions_Throw()
    {
        await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Listen = "nowhere" }));
    }

    private sealed class Tagging : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            flow.Request.Headers["X-Tag"] = "red";
            return default;
        }
    }
}
