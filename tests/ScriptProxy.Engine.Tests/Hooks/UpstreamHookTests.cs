using System.Net;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Hooks;

/// <summary>OnUpstreamConnecting, OnUpstreamConnected, OnUpstreamFailed.</summary>
public sealed class UpstreamHookTests
{
    private static readonly TestOriginOptions Other = new() { Hosts = ["other.test", "origin.test"] };

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task ConnectionSentElsewhere_KeepsRequestAndCertificate(string scheme, string version)
    {
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var other = await TestOrigin.StartAsync(Other, context => context.Response.WriteAsync(context.Request.Host.Value!));
        var addon = new Watching { Connecting = connect => connect.ConnectTo("other.test") };
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [other, origin], Addons = [addon] });

        Assert.Equal("origin.test", await proxy.CreateClient(Version.Parse(version)).GetStringAsync($"{scheme}://origin.test/"));
        var port = scheme == "http" ? 80 : 443;
        Assert.Equal(
            [$"connecting origin.test:{port} tls={scheme == "https"} flow={true}", $"connected other.test:{port} server=origin.test at {(scheme == "http" ? other.HttpEndPoint : other.HttpsEndPoint)}"],
            await addon.Marks.WaitAsync(2));
    }

    [Fact]
    public async Task ConnectionSentElsewhere_IsNotSharedWithOtherClients()
    {
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var other = await TestOrigin.StartAsync(Other, context => context.Response.WriteAsync("other"));
        var addon = new Watching { Connecting = connect => connect.ConnectTo("other.test") };
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [other, origin], Addons = [addon] });

        for (var i = 0; i < 2; i++)
        {
            await using var client = await proxy.ConnectAsync();
            await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n");
            Assert.Contains("other", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(2, (await addon.Marks.WaitAsync(4)).Count(mark => mark.StartsWith("connecting", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task OpenConnection_IsUsedWithoutTheHook()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("ok"));
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        var client = proxy.CreateClient();

        for (var i = 0; i < 3; i++) Assert.Equal("ok", await client.GetStringAsync("http://origin.test/"));

        Assert.Equal(2, addon.Marks.All.Count);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RefusedConnection_IsAnswered403(string version)
    {
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await TestProxy.StartAsync(origin, """void OnUpstreamConnecting(UpstreamConnect connect) => connect.Refuse("Not there.");""");

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("Not there.\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task RefusedTunnel_IsAnswered403()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin, """
            void OnConnect(ConnectFlow connect) => connect.Tunnel();
            void OnUpstreamConnecting(UpstreamConnect connect) => connect.Refuse("Not there.");
            """);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => proxy.TunnelAsync("origin.test:443"));

        Assert.StartsWith("HTTP/1.1 403 ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HookThatFails_FailsClosed(bool tunnels)
    {
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        var addon = new Watching { Tunnels = tunnels, Connecting = _ => throw new FormatException("bad") };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(tunnels ? "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n" : "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 502 ", head, StringComparison.Ordinal);
        Assert.Contains("details=\"The addon Watching failed in OnUpstreamConnecting.\"", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionThatFails_IsToldWithItsReason()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        var addon = new Watching { Connecting = connect => connect.ConnectTo("127.0.0.1", 1) };
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        using var response = await proxy.CreateClient().GetAsync("http://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(["connecting origin.test:80 tls=False flow=True", "failed 127.0.0.1:1 connection_refused"], await addon.Marks.WaitAsync(2));
    }

    [Theory]
    [InlineData("", 80)]
    [InlineData("two words", 80)]
    [InlineData("other.test", 0)]
    [InlineData("other.test", 65536)]
    public void PlaceThatIsNone_IsRefused(string host, int port)
    {
        var connect = new UpstreamConnect(null!, null, "origin.test", 80, isTls: false);

        Assert.ThrowsAny<ArgumentException>(() => connect.ConnectTo(host, port));

        Assert.Equal(("origin.test", 80, false), (connect.DialHost, connect.DialPort, connect.IsDiverted));
    }

    private sealed class Watching : Addon
    {
        public Marks Marks { get; } = new();

        public bool Tunnels { get; init; }

        public Action<UpstreamConnect> Connecting { get; init; } = static _ => { };

        public override ValueTask OnConnectAsync(ConnectFlow connect)
        {
            if (Tunnels) connect.Tunnel();
            return default;
        }

        public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect)
        {
            Connecting(connect);
            return Marks.Add($"connecting {connect.Host}:{connect.Port} tls={connect.IsTls} flow={connect.Flow is not null}");
        }

        public override ValueTask OnUpstreamConnectedAsync(UpstreamConnect connect) =>
            Marks.Add($"connected {connect.DialHost}:{connect.DialPort} server={connect.Server?.Host} at {connect.RemoteEndPoint}");

        public override ValueTask OnUpstreamFailedAsync(UpstreamConnect connect) => Marks.Add($"failed {connect.DialHost}:{connect.DialPort} {connect.Error!.Type}");
    }
}
