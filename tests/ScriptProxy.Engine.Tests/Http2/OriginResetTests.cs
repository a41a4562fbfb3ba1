using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Resets and goodbyes of HTTP/2 (RFC 9113 §5.4, §6.8, §8.7), at each stage, reach the other side for what they are.</summary>
public sealed class OriginResetTests
{
    [Theory]
    [InlineData(2, "INTERNAL_ERROR")]
    [InlineData(8, "CANCEL")]
    [InlineData(0x1234, "0x1234")]
    public async Task ResetBeforeTheHead_IsABadGatewayThatSaysTheCode(int code, string name)
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendNumberAsync(FrameType.Reset, 1, code);
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains(name, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("http_response_incomplete", (await proxy.WaitForFlowAsync()).Error?.Type);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(11)]
    public async Task ResetInTheBody_ReachesTheHttp2ClientWithItsCode(int code)
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, endStream: false, ":status: 200");
            await peer.SendDataAsync(1, "part", endStream: false);
            await peer.SendNumberAsync(FrameType.Reset, 1, code);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await client.SendHeadAsync(1, endStream: true, Http2Peer.Get);

        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());
        Assert.Equal($"RST_STREAM {code}", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task ResetInTheBody_CutsTheHttp11Client()
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, endStream: false, ":status: 200");
            await peer.SendDataAsync(1, "part", endStream: false);
            await peer.SendNumberAsync(FrameType.Reset, 1, 2);
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task ResetOfTheClient_CancelsTheStreamAtTheOrigin()
    {
        var reset = new TaskCompletionSource<Http2Peer.Frame>();
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, endStream: false, ":status: 200");
            reset.SetResult(await peer.ReadAsync(FrameType.Reset));
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(3, endStream: true, ":status: 299");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await client.SendHeadAsync(1, endStream: true, Http2Peer.Get);
        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());

        await client.SendNumberAsync(FrameType.Reset, 1, 8);

        Assert.Equal(8, (await reset.Task.WaitAsync(TimeSpan.FromSeconds(30))).Number);
        await client.SendHeadAsync(3, endStream: true, Http2Peer.Get);
        Assert.Equal("HEADERS :status: 299", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task RefusedStream_IsRepeated()
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendNumberAsync(FrameType.Reset, 1, 7);
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(3, endStream: true, ":status: 299");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);

        await client.SendHeadAsync(1, endStream: true, Http2Peer.Post);

        Assert.Equal("HEADERS :status: 299", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task RefusedAgainAndAgain_IsABadGateway()
    {
        await using var origin = Start(async peer =>
        {
            for (var stream = 1; ; stream += 2)
            {
                await peer.ReadHeadAsync();
                await peer.SendNumberAsync(FrameType.Reset, stream, 7);
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Contains("REFUSED_STREAM", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GoAwayBeforeTheRequestWasSeen_IsRepeatedOnAnotherConnection()
    {
        var connections = 0;
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            if (Interlocked.Increment(ref connections) == 1) await peer.SendAsync(FrameType.GoAway, 0, 0, new byte[8]);
            else await peer.SendHeadAsync(1, endStream: true, ":status: 299");
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(HttpVersion.Version20).PostAsync("https://origin.test/", null);

        Assert.Equal(299, (int)answer.StatusCode);
        Assert.Equal(2, connections);
    }

    [Fact]
    public async Task GoAwayAfterTheRequestWasSeen_LetsItEnd()
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(FrameType.GoAway, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0);
            await peer.SendHeadAsync(1, endStream: false, ":status: 200");
            await peer.SendDataAsync(1, "whole", endStream: true);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        Assert.Equal("whole", await client.GetStringAsync("https://origin.test/"));
        Assert.Equal("whole", await client.GetStringAsync("https://origin.test/"));
        Assert.Equal(2, origin.Connections.Count);
    }

    [Fact]
    public async Task Http11Required_IsRepeatedInHttp11()
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2", "http/1.1"] }, async connection =>
        {
            if (connection.ApplicationProtocol == "h2")
            {
                var peer = await Http2Peer.AcceptAsync(connection);
                await peer.ReadHeadAsync();
                await peer.SendNumberAsync(FrameType.Reset, 1, 13);
            }
            else
            {
                await connection.ReadHeadAsync();
                await connection.SendAsync(Wire.WireCase.Ok);
            }

            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("HTTP/1.1", (await proxy.WaitForFlowAsync()).OriginProtocol);
    }

    [Fact]
    public async Task ConnectionClosedWhileIdle_NextRequestIsServed()
    {
        await using var origin = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, endStream: true, ":status: 299");
            await peer.Connection.EndSendingAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.GetAsync("https://origin.test/");
            Assert.Equal(299, (int)answer.StatusCode);
        }
    }

    /// <summary>An origin that runs a dialogue on every connection and then waits for its end.</summary>
    internal static RawOrigin Start(Func<Http2Peer, Task> dialogue, params (int Setting, int Value)[] settings) =>
        RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"] }, async connection =>
        {
            await dialogue(await Http2Peer.AcceptAsync(connection, settings));
            while (await connection.HasMoreAsync()) await connection.ReadExactlyAsync(1);
        });

    [Fact]
    public async Task NoMoreWantedAfterTheWholeResponse_FlowEndsThoughTheClientSendsNothing()
    {
        var isRead = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"] }, async connection =>
        {
            var peer = await Http2Peer.AcceptAsync(connection);
            await peer.ReadAsync(FrameType.Headers);
            await peer.SendHeadAsync(1, false, ":status: 200");
            await peer.SendDataAsync(1, "enough", true);
            await isRead.Task;
            await peer.SendNumberAsync(FrameType.Reset, 1, 0);
            while (await connection.HasMoreAsync()) await peer.ReadAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await using var connection = client.Connection;

        await client.SendHeadAsync(1, false, Http2Peer.Post);
        await client.ReadAsync(FrameType.Headers);
        while (!(await client.ReadAsync(FrameType.Data)).EndsStream)
        {
        }

        isRead.SetResult();

        Assert.Null((await proxy.WaitForFlowAsync()).Error);
    }
}
