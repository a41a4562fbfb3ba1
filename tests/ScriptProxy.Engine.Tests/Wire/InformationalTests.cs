using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>1xx responses (RFC 9110 §15.2) reach the client as they come, when they come, and not without end.</summary>
public sealed class InformationalTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nLink: </b>\r\nX-A:  1 \r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EarlyHints_ArriveByteForByteBeforeTheAnswerExists(bool tls)
    {
        var hintsSeen = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Hints);
            await hintsSeen.Task;
            await connection.SendAsync(WireCase.Ok);
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, new WatchingAddon());
        await using var client = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();

        await client.SendAsync(tls ? Get.Replace("http://origin.test", "", StringComparison.Ordinal) : Get);
        Assert.Equal(Hints, await client.ReadHeadAsync());
        hintsSeen.SetResult();
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n")]
    [InlineData("HTTP/1.1 199 \r\nX: 1\r\n\r\n", "HTTP/1.1 199 \r\nX: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 100\r\n\r\n", "HTTP/1.1 100\r\n\r\n")]
    [InlineData("HTTP/1.0 100 Continue\r\n\r\n", "HTTP/1.0 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.7 103 Hints\r\n\r\n", "HTTP/1.1 103 Hints\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Hints\r\nA: 1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nB: 2\r\n\r\n", "HTTP/1.1 103 Hints\r\nA: 1\r\nB: 2\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: a\r\nUpgrade: x\r\nB: 2\r\n\r\n", "HTTP/1.1 103 Hints\r\nB: 2\r\n\r\n")]
    public async Task Informational_PassesWithoutFramingAndHopByHopFields(string sent, string received)
    {
        await using var origin = RawOrigin.StartAnswering(sent + WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        Assert.Equal(received, await client.ReadHeadAsync());
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
    }

    [Fact]
    public async Task ThirtyTwo_AllPass()
    {
        var many = string.Concat(Enumerable.Range(1, 32).Select(i => $"HTTP/1.1 103 Hints\r\nX: {i}\r\n\r\n"));
        await using var origin = RawOrigin.StartAnswering(many + WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        Assert.Equal(many + WireCase.Ok, await client.ReadExactlyAsync(many.Length + WireCase.Ok.Length));
    }

    [Fact]
    public async Task ThirtyThird_IsRefusedAndConnectionStays()
    {
        const string hints = "HTTP/1.1 103 Hints\r\n\r\n";
        var isFirst = true;
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(isFirst ? string.Concat(Enumerable.Repeat(hints, 10_000)) : WireCase.Ok);
            isFirst = false;
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        await client.ReadExactlyAsync(32 * hints.Length);
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        await client.SendAsync(Get);
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
    }

    [Fact]
    public async Task SwitchingProtocolsUnasked_IsRefused()
    {
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }
}
