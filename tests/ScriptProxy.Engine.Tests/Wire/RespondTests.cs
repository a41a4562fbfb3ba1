using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>An addon answers instead of the origin: the answer reaches the client whatever it still wanted to send, and nothing is left over.</summary>
public sealed class RespondTests
{
    private const string Answer = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nno\n";

    private static readonly string ClosingAnswer = Answer.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal);

    [Theory]
    [InlineData("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n")]
    public async Task SmallRequest_ConnectionServesTheNext(string request)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnRequest(flow =>
        {
            if (flow.Request.Target == "/") flow.Respond(403, "no\n");
        }));
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(request);
        Assert.Equal(Answer, await client.ReadMessageAsync());
        Assert.Empty(origin.Connections);
        await client.SendAsync("GET http://origin.test/next HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal("GET /next HTTP/1.1\r\nHost: origin.test\r\n\r\n", origin.Connections[0].ReceivedText);
    }

    [Theory]
    [InlineData("Content-Length: 2000000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1e8480\r\n")]
    public async Task LargeUpload_AnswerIsReadAndConnectionClosed(string fields)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnRequest(flow => flow.Respond(403, "no\n")));
        await using var client = await proxy.ConnectAsync();

        // The client sends to the end before it reads: nothing of the answer may be lost by then.
        await client.SendAsync($"POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n{fields}");
        await client.SendAsync(new byte[1_500_000]);
        Assert.Equal(ClosingAnswer, await client.ReadToEndAsync());
        Assert.Empty(origin.Connections);
    }

    [Fact]
    public async Task UploadThatWaitsFor100_AnsweredWithoutIt()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnRequest(flow => flow.Respond(403, "no\n")));
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(ClosingAnswer, await client.ReadToEndAsync());
        Assert.Empty(origin.Connections);
    }

    [Fact]
    public async Task AnswerToHead_HasNoBody()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Respond(403, "no\n")), "HEAD http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n", WireCase.Ok);

        Assert.Equal(Answer[..^3], exchange.ClientReceived);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task AnswerInOnResponse_ReplacesTheOriginsAndNothingOfItIsLeft(string response)
    {
        await using var origin = RawOrigin.StartAnswering(response);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => flow.Respond(403, "no\n")));
        await using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
            Assert.Equal(Answer, await client.ReadMessageAsync());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Abort_ClientIsCut(bool inRequest)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, inRequest ? HookAddon.OnRequest(flow => flow.Abort()) : HookAddon.OnResponse(flow => flow.Abort()));
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.True(await client.IsResetAsync());
        Assert.Empty(client.Received);
        Assert.Equal(inRequest ? 0 : 1, origin.Connections.Count);
    }

    [Fact]
    public async Task AnswerInOnError_ReachesTheClientAndConnectionStays()
    {
        await using var origin = RawOrigin.Start(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin, new HookAddon
        {
            Error = flow =>
            {
                flow.Respond(403, "no\n");
                return default;
            },
        });
        await using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
            Assert.Equal(Answer, await client.ReadMessageAsync());
        }
    }
}
