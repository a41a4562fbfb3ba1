using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tests.Wire;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>1xx responses (RFC 9110 §15.2) from and to HTTP/2, which neither Kestrel nor SocketsHttpHandler passes on.</summary>
public sealed class InformationalTests
{
    private static readonly string[] Hints = [":status: 103", "link: </a>; rel=preload", "link: </b>"];

    [Fact]
    public async Task EarlyHintsOfHttp2_ArriveInHttp2BeforeTheAnswerExists()
    {
        var seen = new TaskCompletionSource();
        await using var origin = StartHinting(seen.Task);
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await client.SendHeadAsync(1, endStream: true, Http2Peer.Get);

        Assert.Equal(string.Join('\n', Hints), await client.ReadHeadAsync());
        seen.SetResult();
        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task EarlyHintsOfHttp2_ArriveInHttp11()
    {
        var seen = new TaskCompletionSource();
        await using var origin = StartHinting(seen.Task);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelTlsAsync("origin.test:443");
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.Equal("HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nlink: </b>\r\n\r\n", await client.ReadHeadAsync());
        seen.SetResult();
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", await client.ReadMessageAsync());
    }

    [Fact]
    public async Task EarlyHintsOfHttp11_ArriveInHttp2()
    {
        var seen = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n");
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await connection.SendAsync(WireCase.Ok);
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await client.SendHeadAsync(1, endStream: true, Http2Peer.Get);

        Assert.Equal(":status: 103\nlink: </a>", await client.ReadHeadAsync());
        seen.SetResult();
        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task HintsWhileOtherStreamsAreBusy_DoNotBreakTheConnection()
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            while (await connection.HasMoreAsync())
            {
                await connection.ReadHeadAsync();
                for (var i = 0; i < 20; i++) await connection.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n{new string('x', 40000)}");
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.GetStringAsync("https://origin.test/")));

        Assert.All(answers, answer => Assert.Equal(40000, answer.Length));
        Assert.Single(proxy.Flows.Select(flow => flow.Client).Distinct());
    }

    [Theory]
    [InlineData("h2")]
    [InlineData("http/1.1")]
    public async Task ExpectContinue_TheOriginSaysWhetherTheBodyIsSent(string protocol)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = [protocol] }, async connection =>
        {
            if (protocol == "h2")
            {
                var peer = await Http2Peer.AcceptAsync(connection);
                Assert.Contains("expect: 100-continue", await peer.ReadHeadAsync(), StringComparison.Ordinal);
                await peer.SendHeadAsync(1, false, ":status: 100");
                Assert.Equal("hello", (await peer.ReadAsync(FrameType.Data)).Text);
                await peer.SendHeadAsync(1, true, ":status: 299");
            }
            else
            {
                Assert.Contains("Expect: 100-continue", await connection.ReadHeadAsync(), StringComparison.Ordinal);
                await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
                Assert.Equal("hello", await connection.ReadExactlyAsync(5));
                await connection.SendAsync("HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n");
            }

            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);

        await client.SendHeadAsync(1, false, [.. Http2Peer.Post, "content-length: 5", "expect: 100-continue"]);
        Assert.Equal("HEADERS :status: 100", await client.ReadOutcomeAsync());
        await client.SendDataAsync(1, "hello", true);
        Assert.Equal("HEADERS :status: 299", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task ExpectContinueRefused_NoBodyIsAskedFor()
    {
        await using var origin = OriginResetTests.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, true, ":status: 417");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);

        await client.SendHeadAsync(1, false, [.. Http2Peer.Post, "content-length: 5", "expect: 100-continue"]);

        Assert.Equal("HEADERS :status: 417", await client.ReadOutcomeAsync());
    }

    [Fact]
    public async Task ExpectContinue_AddonThatReadsTheBodyGetsIt()
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Script = "async Task OnRequest(HttpFlow flow) => await flow.Request.ReadBytesAsync();" });
        var client = await Http2Peer.ConnectAsync(proxy);

        await client.SendHeadAsync(1, false, [.. Http2Peer.Post, "content-length: 5", "expect: 100-continue"]);
        Assert.Equal("HEADERS :status: 100", await client.ReadOutcomeAsync());
        await client.SendDataAsync(1, "hello", true);

        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());
        Assert.DoesNotContain("xpect", (await origin.ConnectionAsync()).ReceivedText, StringComparison.Ordinal);
    }

    private static RawOrigin StartHinting(Task seen) => OriginResetTests.Start(async peer =>
    {
        await peer.ReadHeadAsync();
        await peer.SendHeadAsync(1, false, Hints);
        await seen.WaitAsync(TimeSpan.FromSeconds(30));
        await peer.SendHeadAsync(1, true, ":status: 200");
    });
}
