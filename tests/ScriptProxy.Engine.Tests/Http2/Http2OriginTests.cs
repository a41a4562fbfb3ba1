using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Which protocol is spoken with an origin.</summary>
public sealed class Http2OriginTests
{
    [Fact]
    public async Task Http2Client_OriginOffersBoth_OriginIsSpokenToInHttp2()
    {
        await using var origin = await TestOrigin.StartAsync(SayProtocolAsync);
        await using var proxy = await TestProxy.StartAsync(origin);

        Assert.Equal("HTTP/2", await proxy.CreateClient(HttpVersion.Version20).GetStringAsync("https://origin.test/"));
        Assert.Equal("HTTP/2.0", (await proxy.WaitForFlowAsync()).OriginProtocol);
    }

    [Fact]
    public async Task Http11Client_OriginOffersBoth_OriginIsSpokenToInHttp11()
    {
        await using var origin = await TestOrigin.StartAsync(SayProtocolAsync);
        await using var proxy = await TestProxy.StartAsync(origin);

        Assert.Equal("HTTP/1.1", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
        Assert.Equal("HTTP/1.1", (await proxy.WaitForFlowAsync()).OriginProtocol);
    }

    [Fact]
    public async Task Http2Client_OriginHasOnlyHttp11_IsServed()
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http1 }, SayProtocolAsync);
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        Assert.Equal("HTTP/1.1", await client.GetStringAsync("https://origin.test/"));
        Assert.Equal("HTTP/1.1", await client.GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task Http11Client_OriginHasOnlyHttp2_IsServed()
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http2 }, SayProtocolAsync);
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient();

        Assert.Equal("HTTP/2", await client.GetStringAsync("https://origin.test/"));
        Assert.Equal("HTTP/2", await client.GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task NoUpstreamHttp2_OriginIsSpokenToInHttp11()
    {
        await using var origin = await TestOrigin.StartAsync(SayProtocolAsync);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { NoUpstreamHttp2 = true } });

        Assert.Equal("HTTP/1.1", await proxy.CreateClient(HttpVersion.Version20).GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task ManyRequestsAtOnce_ShareOneConnection()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Connection.Id));
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        var ids = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.GetStringAsync($"https://origin.test/{i}")));

        Assert.Single(ids.Distinct());
    }

    private static Task SayProtocolAsync(HttpContext context) => context.Response.WriteAsync(context.Request.Protocol);
}
