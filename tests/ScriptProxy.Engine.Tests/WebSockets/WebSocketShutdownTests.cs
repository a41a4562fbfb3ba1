using System.Net.WebSockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>A proxy that stops says so to both sides (1001, RFC 6455 §7.4.1) before it cuts them.</summary>
public sealed class WebSocketShutdownTests
{
    [Theory]
    [InlineData("ws://origin.test/", "1.1")]
    [InlineData("wss://origin.test/", "1.1")]
    [InlineData("wss://origin.test/", "2.0")]
    public async Task ProxyThatStops_ClosesBothSidesWith1001(string url, string version)
    {
        var atOrigin = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await WebSocketOrigin.StartAsync(deflate: false, async webSocket =>
        {
            await WebSocketOrigin.SendAsync(webSocket, "hello");
            Assert.Null(await WebSocketOrigin.ReceiveAsync(webSocket));
            atOrigin.SetResult(webSocket.CloseStatus);
            await webSocket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
        });
        var addon = new Ends();
        var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Addons = [addon], Proxy = new ProxyOptions { ShutdownTimeout = TimeSpan.FromSeconds(30) } });
        using var client = await WebSocketOrigin.ConnectAsync(proxy, url, Version.Parse(version));
        Assert.Equal("hello", await WebSocketOrigin.ReceiveTextAsync(client));

        var reading = ReadCloseAsync(client);
        await proxy.StopAsync();

        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await reading);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await atOrigin.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(1001, addon.Code);
        await proxy.DisposeAsync();
    }

    private static async Task<WebSocketCloseStatus?> ReadCloseAsync(ClientWebSocket client)
    {
        Assert.Null(await WebSocketOrigin.ReceiveAsync(client));
        await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
        return client.CloseStatus;
    }

    private sealed class Ends : Addon
    {
        public int? Code { get; private set; }

        public override ValueTask OnWebSocketEndAsync(WebSocketConnection webSocket)
        {
            Code = webSocket.CloseCode;
            return default;
        }
    }
}
