using System.Net;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>--via: RFC 9110 §7.6.3, and circles of proxies.</summary>
public sealed class ViaTests
{
    private const string Response = "HTTP/1.0 200 OK\r\nVia: 1.1 cache\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("HTTP/1.1", "", "Via: 1.1 edge\r\n")]
    [InlineData("HTTP/1.0", "", "Via: 1.0 edge\r\n")]
    [InlineData("HTTP/1.1", "Via: 1.0 first, 1.1 edge-2 (edge)\r\n", "Via: 1.0 first, 1.1 edge-2 (edge)\r\nVia: 1.1 edge\r\n")]
    public async Task Message_GetsAnEntryBehindTheOthers(string version, string before, string expected)
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync("edge", origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://origin.test/ {version}\r\nHost: origin.test\r\n{before}\r\n");

        Assert.Contains("\r\nVia: 1.1 cache\r\nContent-Length: 2\r\nVia: 1.0 edge\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal($"GET / {version}\r\nHost: origin.test\r\n{expected}\r\n", (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task Http2_IsNamedByItsVersion()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["Via"].ToString()));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Via = "edge" } });

        using var response = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Equal("2 edge", await response.Content.ReadAsStringAsync());
        Assert.Equal("2 edge", response.Headers.Via.ToString());
    }

    [Theory]
    [InlineData("1.1 edge")]
    [InlineData("1.1 first, HTTP/1.1 EDGE (a comment)")]
    [InlineData("1.0 edge(x),1.1 last")]
    public async Task RequestThatComesBack_IsRefused(string via)
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync("edge", origin);

        foreach (var request in (string[])[$"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nVia: {via}\r\n\r\n", $"CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nVia: 0.9 x\r\nVia: {via}\r\n\r\n"])
        {
            await using var client = await proxy.ConnectAsync();
            await client.SendAsync(request);
            var answer = await client.ReadMessageAsync();
            Assert.StartsWith("HTTP/1.1 508 ", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nProxy-Status: scriptproxy; error=proxy_loop_detected; details=", answer, StringComparison.Ordinal);
        }

        Assert.Equal("proxy_loop_detected", (await proxy.WaitForFlowAsync()).Error?.Type);
        Assert.Empty(origin.Connections);
    }

    [Theory]
    [InlineData("http://origin.test/")]
    [InlineData("https://origin.test/")]
    public async Task CircleOfTwoProxies_EndsInItsFirstRound(string url)
    {
        await using var circle = await Circle.StartAsync(new ProxyOptions { InsecureUpstream = ["*"] });

        using var response = await circle.First.CreateClient().GetAsync(url);

        Assert.Equal(508, (int)response.StatusCode);
        Assert.Equal(1, circle.Dials);
    }

    [Fact]
    public async Task CircleOfTunnels_EndsInItsFirstRound()
    {
        await using var circle = await Circle.StartAsync(new ProxyOptions { Tunnel = true });
        await using var client = await circle.First.ConnectAsync();

        await client.SendAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal(1, circle.Dials);
    }

    [Fact]
    public void NameThatIsNone_StopsTheStart() =>
        Assert.Equal("--via \"a b\": expected a name of letters, digits and !#$%&'*+-.^_`|~, such as proxy-1.", Assert.Single(new ProxyOptions { Via = "a b" }.Validate()));

    private static Task<TestProxy> StartAsync(string via, RawOrigin origin) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Via = via } });

    /// <summary>Two proxies, each of which sends everything to the other.</summary>
    private sealed class Circle : IAsyncDisposable
    {
        private readonly Detour _detour = new();
        private TestProxy? _second;

        public TestProxy First { get; private set; } = null!;

        /// <summary>How often the first one called the second.</summary>
        public int Dials => _detour.Count;

        public static async Task<Circle> StartAsync(ProxyOptions options)
        {
            var circle = new Circle();
            circle.First = await TestProxy.StartAsync(options with { Via = "first" }, circle._detour);
            circle._second = await TestProxy.StartAsync(options with { Via = "second", Upstream = $"http://{circle.First.EndPoint}" });
            circle._detour.Upstream = $"http://{circle._second.EndPoint}";
            return circle;
        }

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            if (_second is not null) await _second.DisposeAsync();
        }
    }

    private sealed class Detour : Addon
    {
        private int _count;

        public string Upstream { get; set; } = "direct";

        public int Count => _count;

        public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect)
        {
            Interlocked.Increment(ref _count);
            connect.Via(Upstream);
            return default;
        }
    }
}
