using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Expect: 100-continue (RFC 9110 §10.1.1): the origin decides, the client learns what it decided, and no body is taken for a request.</summary>
public sealed class ExpectContinueTests
{
    private const string Head = "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nexpect: 100-Continue\r\nContent-Length: 4\r\n\r\n";
    private const string HeadAtOrigin = "POST / HTTP/1.1\r\nHost: origin.test\r\nexpect: 100-Continue\r\nContent-Length: 4\r\n\r\n";
    private const string Continue = "HTTP/1.1 100 Go On\r\nx-A: 1\r\n\r\n";
    private const string Closing = "HTTP/1.1 417 Nope\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task OriginContinues_100IsRelayedAsItCameAndBodyFollows()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal(HeadAtOrigin, await connection.ReadHeadAsync());
            await connection.SendAsync(Continue);
            Assert.Equal("body", await connection.ReadExactlyAsync(4));
            await connection.SendAsync(WireCase.Ok);
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, new WatchingAddon());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(Continue, await client.ReadHeadAsync());
        await client.SendAsync("body");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        await client.EndSendingAsync();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task OriginRefuses_AnswerIsRelayedAndConnectionClosed()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 417 Nope\r\nContent-Length: 0\r\n\r\n");
            Assert.Equal(HeadAtOrigin, await ReceivedAtTheEndAsync(connection));
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(Closing, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task OriginRefusesButClientSendsAnyway_BodyIsNoRequest()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 417 Nope\r\nContent-Length: 0\r\n\r\n");
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(Closing, await client.ReadHeadAsync());
        await client.SendAsync("GET http://origin.test/smuggled HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.DoesNotContain("smuggled", string.Concat(origin.Connections.Select(connection => connection.ReceivedText)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OriginSaysNothingAndClientSends_BodyPasses()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(HeadAtOrigin, await ReadHeadOfAsync(origin));
        await client.SendAsync("body");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal(HeadAtOrigin + "body", origin.Connections[0].ReceivedText);
    }

    [Fact]
    public async Task BodyAlreadySent_100AndAnswerAreBothRelayedAndConnectionStays()
    {
        await using var origin = RawOrigin.StartAnswering(Continue + WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync(Head + "body");
            Assert.Equal(Continue, await client.ReadHeadAsync());
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        }

        Assert.Single(origin.Connections);
    }

    [Fact]
    public async Task AddonReadsTheBody_ProxySays100AndAsksTheOriginNoMore()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.ReadingBodies());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("body");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 4\r\n\r\nbody", origin.Connections[0].ReceivedText);
    }

    [Fact]
    public async Task ConnectionNamesExpect_ExpectationIsPassedOn()
    {
        await using var origin = RawOrigin.StartAnswering(Continue + WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head.Replace("\r\n\r\n", "\r\nConnection: Expect\r\n\r\n", StringComparison.Ordinal) + "body");
        Assert.Equal(Continue, await client.ReadHeadAsync());
        Assert.Equal(HeadAtOrigin + "body", origin.Connections[0].ReceivedText);
    }

    [Fact]
    public async Task Http10Client_GetsNo1xx()
    {
        await using var origin = RawOrigin.StartAnswering(Continue + WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal) + "body");
        Assert.Equal(WireCase.Ok, await client.ReadToEndAsync());
        Assert.Equal(HeadAtOrigin.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal) + "body", origin.Connections[0].ReceivedText);
    }

    private static async Task<string> ReadHeadOfAsync(RawOrigin origin)
    {
        var connection = await origin.ConnectionAsync();
        await Recording.Deadline.Until(() => connection.ReceivedText.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        return connection.ReceivedText;
    }

    private static async Task<string> ReceivedAtTheEndAsync(RawConnection connection)
    {
        await connection.IsResetAsync();
        return connection.ReceivedText;
    }
}
