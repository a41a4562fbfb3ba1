using System.Net;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tests.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

/// <summary>HTTP/2 without TLS, which both sides know beforehand (RFC 9113 §3.3).</summary>
public class H2cTests
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly HostOptions[] H2c = [new() { Match = ["origin.test"], H2c = true }];

    [Theory]
    [InlineData("http://origin.test", "HTTP/1.1")]
    [InlineData("https://origin.test", "HTTP/2")]
    public async Task ClientOfReverseMode_IsServed(string url, string protocol)
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(context.Response.Body);
            await context.Response.WriteAsync($" {context.Request.Protocol} {context.Request.Host} {context.Request.Headers.TE}");
            if (context.Response.SupportsTrailers()) context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Mode = [$"reverse:{url}"] } });
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{proxy.EndPoint}/call") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("said") };
        request.Headers.TE.ParseAdd("trailers");

        using var response = await client.SendAsync(request);

        Assert.Equal($"said {protocol} origin.test trailers", await response.Content.ReadAsStringAsync());
        Assert.Equal(protocol == "HTTP/2" ? 1 : 0, response.TrailingHeaders.Count(trailer => trailer.Key == "grpc-status"));
        Assert.Equal("HTTP/2.0", (await proxy.WaitForFlowAsync()).Protocol);
    }

    [Fact]
    public async Task PrefaceInPieces_IsServed()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Mode = ["reverse:http://origin.test"] } });
        await using var client = await proxy.ConnectAsync();
        foreach (var letter in Http2Peer.Preface) await client.SendAsync($"{letter}");
        var peer = new Http2Peer(client);
        await peer.SendAsync(FrameType.Settings, 0, 0);

        await peer.SendHeadAsync(1, true, ":method: GET", ":scheme: http", ":authority: here", ":path: /");

        Assert.StartsWith(":status: 200\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRI", "regular")]
    [InlineData("PRI * HTTP/2", "reverse:http://origin.test")]
    public async Task PrefaceThatStops_EndsTheConnection(string begun, string mode)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = [mode], RequestHeadTimeout = TimeSpan.FromMilliseconds(1) });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(begun);

        await client.ReadToEndAsync().WaitAsync(TestDeadline.Limit);
    }

    [Theory]
    [InlineData("regular")]
    [InlineData("reverse:http://origin.test")]
    public async Task NoHttp2_RefusesThePreface(string mode)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = [mode], NoHttp2 = true });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Http2Peer.Preface);

        Assert.StartsWith("HTTP/1.1 505 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task PrefaceInATunnel_IsRelayed()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync("read " + await connection.ReadExactlyAsync(Http2Peer.Preface.Length)));
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:80");

        await client.SendAsync(Http2Peer.Preface);

        Assert.Equal("read " + Http2Peer.Preface, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task ClientOfRegularMode_IsServed()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.BeginAsync(await proxy.ConnectAsync());

        await peer.SendHeadAsync(1, true, ":method: GET", ":scheme: http", ":authority: origin.test", ":path: /plain");
        Assert.StartsWith(":status: 200\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);

        await peer.ReadAsync(FrameType.Data);
        Assert.Equal("http://origin.test/plain", (await proxy.WaitForFlowAsync()).Url);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task OriginThatHostsNames_IsSpokenToInHttp2(string version)
    {
        var head = "";
        await using var origin = RawOrigin.Start(async connection =>
        {
            await using var peer = await Http2Peer.AcceptAsync(connection);
            head = await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, false, ":status: 200");
            await peer.SendDataAsync(1, "in HTTP/2", endStream: false);
            await peer.SendHeadAsync(1, true, "grpc-status: 0");
            await connection.ReadToEndAsync();
        });
        await using var proxy = await TestProxy.StartAsync(
            new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Mode = ["reverse:http://origin.test"], Hosts = H2c } });
        using var client = new HttpClient { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await client.GetAsync(new Uri($"http://{proxy.EndPoint}/a?b"));

        Assert.Equal("in HTTP/2", await response.Content.ReadAsStringAsync());
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(":method: GET\n:scheme: http\n:authority: origin.test\n:path: /a?b", head);
    }

    [Fact]
    public async Task OriginBehindAnHttpProxy_IsReachedByATunnel()
    {
        var connect = "";
        await using var corporate = RawOrigin.Start(async connection =>
        {
            connect = await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
            await using var peer = await Http2Peer.AcceptAsync(connection);
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, true, ":status: 204");
            await connection.ReadToEndAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Upstream = $"http://{corporate.EndPoint}", Hosts = H2c });
        using var client = proxy.CreateClient();

        using var response = await client.GetAsync(new Uri("http://origin.test/"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.StartsWith("CONNECT origin.test:80 HTTP/1.1\r\n", connect, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OriginThatSpeaksHttp1AfterAll_IsABadGateway()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            await connection.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Hosts = H2c } });
        using var client = proxy.CreateClient();

        using var response = await client.GetAsync(new Uri("http://origin.test/"));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task NoUpstreamHttp2_LeavesItOut()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Hosts = H2c, NoUpstreamHttp2 = true } });
        using var client = proxy.CreateClient();

        Assert.Equal("ok", await client.GetStringAsync(new Uri("http://origin.test/")));
    }
}
