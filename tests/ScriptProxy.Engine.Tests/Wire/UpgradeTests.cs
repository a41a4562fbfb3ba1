using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A connection that switched protocols (101, RFC 9110 §7.8) carries bytes both ways, and each side ends on its own.</summary>
public sealed class UpgradeTests
{
    private const string Request = "GET http://origin.test/chat HTTP/1.1\r\nHost: origin.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    private static readonly string RequestAtOrigin = Request.Replace("http://origin.test", "", StringComparison.Ordinal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Switched_HeadsAndBytesPassUntouchedBothWays(bool tls)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            Assert.Equal(RequestAtOrigin, await connection.ReadHeadAsync());

            // The first frame in one packet with the head.
            await connection.SendAsync(Switching + "\u0081\u0005first");
            Assert.Equal("\u0081\u0082\0\0\0\0hi", await connection.ReadExactlyAsync(8));
            await connection.SendAsync("\u0081\u0002hi");
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, new WatchingAddon());
        await using var client = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();

        await client.SendAsync(tls ? RequestAtOrigin : Request);
        Assert.Equal(Switching, await client.ReadHeadAsync());
        Assert.Equal("\u0081\u0005first", await client.ReadExactlyAsync(7));
        await client.SendAsync("\u0081\u0082\0\0\0\0hi");
        Assert.Equal("\u0081\u0002hi", await client.ReadExactlyAsync(4));
        await client.EndSendingAsync();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task BytesSentBeforeTheSwitch_AreDeliveredAfterIt()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal(RequestAtOrigin, await connection.ReadHeadAsync());
            await connection.SendAsync(Switching);
            Assert.Equal("GET /early HTTP/1.1\r\n\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync("seen");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request + "GET /early HTTP/1.1\r\n\r\n");
        await client.EndSendingAsync();
        Assert.Equal(Switching + "seen", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task ClientEnds_OriginLearnsItAndCanStillSend()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching);
            Assert.Equal("all", await connection.ReadToEndAsync());
            await connection.SendAsync("after the end");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request);
        await client.ReadHeadAsync();
        await client.SendAsync("all");
        await client.EndSendingAsync();
        Assert.Equal("after the end", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task OriginEnds_ClientLearnsItAndCanStillSend()
    {
        var received = new TaskCompletionSource<string>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching);
            await connection.EndSendingAsync();
            received.SetResult(await connection.ReadToEndAsync());
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request);
        Assert.Equal(Switching, await client.ReadToEndAsync());
        await client.SendAsync("after the end");
        await client.EndSendingAsync();
        Assert.Equal("after the end", await received.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneSideIsCut_TheOtherIsToo(bool byClient)
    {
        var originEnd = new TaskCompletionSource<bool>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching);
            await connection.ReadExactlyAsync(1);
            if (byClient) originEnd.SetResult(await connection.IsResetAsync());
            else connection.Reset();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request);
        await client.ReadHeadAsync();
        await client.SendAsync("x");
        if (byClient)
        {
            client.Reset();
            Assert.True(await originEnd.Task.WaitAsync(TimeSpan.FromSeconds(30)), "The origin saw a proper end.");
        }
        else
        {
            Assert.True(await client.IsResetAsync(), "The client saw a proper end.");
        }
    }

    [Fact]
    public async Task OriginDoesNotSwitch_ConnectionStaysHttp()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request + "GET http://origin.test/next HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal(RequestAtOrigin + "GET /next HTTP/1.1\r\nHost: origin.test\r\n\r\n", origin.Connections[0].ReceivedText);
    }

    [Fact]
    public async Task UpgradeNotWebSocket_PassesToo()
    {
        const string fields = "Connection: Upgrade\r\nUpgrade: tcp\r\n";
        const string switching = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal($"POST /attach HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync(switching + "stream");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST http://origin.test/attach HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n");
        await client.EndSendingAsync();
        Assert.Equal(switching + "stream", await client.ReadToEndAsync());
    }
}
