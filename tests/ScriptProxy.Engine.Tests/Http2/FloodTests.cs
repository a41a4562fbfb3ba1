using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>
/// Clients that send much that costs them little: resets (CVE-2023-44487), heads without end (CVE-2024-27316 and its kind), heads that grow when they are
/// decoded, frames that ask for answers nobody reads (CVE-2019-9512 and its kind). Each ends its own connection or is answered, and the next client is served.
/// </summary>
public sealed class FloodTests
{
    private const int EnhanceYourCalm = 11;

    [Theory]
    [InlineData("tunnel")]
    [InlineData("proxy")]
    public async Task StreamsResetAsSoonAsTheyAreOpened_EndTheConnection(string where)
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = where == "tunnel" ? await Http2Peer.ConnectAsync(proxy) : await Http2Peer.BeginAsync(await proxy.ConnectAsync());
        string[] head = where == "tunnel" ? Http2Peer.Get : [":method: CONNECT", ":authority: origin.test:443"];

        await FloodAsync(async () =>
        {
            for (var stream = 1; stream < 200_000; stream += 2)
            {
                await peer.SendHeadAsync(stream, false, head);
                await peer.SendNumberAsync(FrameType.Reset, stream, 8);
            }
        });

        await AssertEndedAsync(peer);
        await AssertServesAsync(proxy);
    }

    [Fact]
    public async Task HeadWithoutEnd_EndsTheConnection()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await FloodAsync(async () =>
        {
            await peer.SendAsync(FrameType.Headers, 0, 1, Http2Peer.Encode(Http2Peer.Get));
            for (var i = 0; i < 10_000; i++) await peer.SendAsync(FrameType.Continuation, 0, 1, Http2Peer.Encode("x: " + new string('y', 1000)));
        });

        await AssertEndedAsync(peer);
        Assert.Equal(0, origin.RequestCount);
        await AssertServesAsync(proxy);
    }

    [Fact]
    public async Task EmptyContinuationsWithoutEnd_EndTheConnection()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { RequestHeadTimeout = TimeSpan.FromSeconds(1) } });
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await FloodAsync(async () =>
        {
            await peer.SendAsync(FrameType.Headers, 0, 1, Http2Peer.Encode(Http2Peer.Get));
            for (var end = Environment.TickCount64 + TestDeadline.Limit.TotalMilliseconds; Environment.TickCount64 < end;) await peer.SendAsync(FrameType.Continuation, 0, 1);
        });

        await AssertEndedAsync(peer);
        await AssertServesAsync(proxy);
    }

    [Fact]
    public async Task HeadThatGrowsWhenDecoded_IsRefused()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        // One field of 4000 bytes into the table, then a byte for each repetition: 40 MB in a head of 14 kB.
        byte[] field = [0x40, 1, (byte)'x', 127, .. Length(3900 - 127), .. Enumerable.Repeat((byte)'y', 3900)];
        await FloodAsync(() => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Http2Peer.Get), .. field, .. Enumerable.Repeat((byte)0xBE, 10_000)]));

        var outcome = await peer.ReadOutcomeAsync();
        Assert.True(outcome is "HEADERS :status: 431" or "RST_STREAM 1" or "RST_STREAM 11" or "GOAWAY 1" or "GOAWAY 9" or "GOAWAY 11" or "END", outcome);
        Assert.Equal(0, origin.RequestCount);
        await AssertServesAsync(proxy);
    }

    [Theory]
    [InlineData("PING", 8)]
    [InlineData("SETTINGS", 0)]
    public async Task FramesWhoseAnswersNobodyReads_HoldOnlyTheirOwnConnection(string name, int length)
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);
        var type = name == "PING" ? FrameType.Ping : FrameType.Settings;
        var sent = 0L;

        // Until the proxy reads no more, since nobody takes its answers, or ends the connection.
        var flood = FloodAsync(async () =>
        {
            while (true)
            {
                await peer.SendAsync(type, 0, 0, new byte[length]);
                Interlocked.Increment(ref sent);
            }
        });
        for (long last = -1, still = 0; still < 50 && !flood.IsCompleted;)
        {
            var now = Interlocked.Read(ref sent);
            still = now == last ? still + 1 : 0;
            last = now;
            Assert.InRange(now, 0, 20_000_000);
            await Task.Delay(10);
        }

        await AssertServesAsync(proxy);
        peer.Connection.Reset();
        await flood.WaitAsync(TestDeadline.Limit);
    }

    /// <summary>Sends until all was sent, or the proxy has had enough.</summary>
    private static async Task FloodAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The proxy ended the connection.
        }
    }

    private static async Task AssertEndedAsync(Http2Peer peer)
    {
        while (true)
        {
            var outcome = await peer.ReadOutcomeAsync();
            if (outcome == "END" || outcome.StartsWith("GOAWAY", StringComparison.Ordinal)) return;
            Assert.True(outcome.StartsWith("HEADERS", StringComparison.Ordinal) || outcome == $"RST_STREAM {EnhanceYourCalm}", outcome);
        }
    }

    private static async Task AssertServesAsync(TestProxy proxy)
    {
        using var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/").WaitAsync(TestDeadline.Limit);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IEnumerable<byte> Length(int rest)
    {
        for (; rest >= 128; rest >>= 7) yield return (byte)(128 | (rest & 127));
        yield return (byte)rest;
    }
}
