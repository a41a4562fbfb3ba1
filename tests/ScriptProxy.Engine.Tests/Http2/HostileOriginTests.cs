using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>What an origin must not send in HTTP/2 reaches no client as an answer, and the next request is served.</summary>
public sealed class HostileOriginTests
{
    private const string Ok = ":status: 200";

    /// <summary>What an origin does instead of answering; each by a name, since frames are no test data.</summary>
    private static readonly Dictionary<string, Func<Http2Peer, Task>> Attacks = new()
    {
        ["no status"] = peer => peer.SendHeadAsync(1, true, "x-a: 1"),
        ["empty head"] = peer => peer.SendHeadAsync(1, true),
        ["two statuses"] = peer => peer.SendHeadAsync(1, true, Ok, ":status: 201"),
        ["status that is no number"] = peer => peer.SendHeadAsync(1, true, ":status: 20x"),
        ["status of two digits"] = peer => peer.SendHeadAsync(1, true, ":status: 99"),
        ["status 101"] = peer => peer.SendHeadAsync(1, true, ":status: 101"),
        ["status after fields"] = peer => peer.SendHeadAsync(1, true, "x-a: 1", Ok),
        ["pseudo-header field of requests"] = peer => peer.SendHeadAsync(1, true, Ok, ":path: /"),
        ["unknown pseudo-header field"] = peer => peer.SendHeadAsync(1, true, Ok, ":x: 1"),
        ["upper-case name"] = peer => peer.SendHeadAsync(1, true, Ok, "X-A: 1"),
        ["space in a name"] = peer => peer.SendHeadAsync(1, true, Ok, "x a: 1"),
        ["colon in a name"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0, 3, (byte)'a', (byte)':', (byte)'b', 1, (byte)'1']),
        ["line break in a name"] = peer => peer.SendHeadAsync(1, true, Ok, "x\r\ny: 1"),
        ["empty name"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0, 0, 1, (byte)'1']),
        ["line break in a value"] = peer => peer.SendHeadAsync(1, true, Ok, "x-a: 1\r\nx-b: 2"),
        ["NUL in a value"] = peer => peer.SendHeadAsync(1, true, Ok, "x-a: 1\0"),
        ["connection"] = peer => peer.SendHeadAsync(1, true, Ok, "connection: close"),
        ["transfer-encoding"] = peer => peer.SendHeadAsync(1, true, Ok, "transfer-encoding: chunked"),
        ["keep-alive"] = peer => peer.SendHeadAsync(1, true, Ok, "keep-alive: 1"),
        ["upgrade"] = peer => peer.SendHeadAsync(1, true, Ok, "upgrade: h2c"),
        ["two lengths"] = peer => peer.SendHeadAsync(1, true, Ok, "content-length: 1", "content-length: 2"),
        ["length that is no number"] = peer => peer.SendHeadAsync(1, true, Ok, "content-length: +1"),
        ["length and no body"] = peer => peer.SendHeadAsync(1, true, Ok, "content-length: 5"),
        ["1xx that ends the stream"] = peer => peer.SendHeadAsync(1, true, ":status: 103"),
        ["too many 1xx"] = async peer =>
        {
            for (var i = 0; i < 40; i++) await peer.SendHeadAsync(1, false, ":status: 103");
        },
        ["body before the head"] = peer => peer.SendDataAsync(1, "x", true),
        ["head too long"] = peer => SendLongHeadAsync(peer, 300 * 1024),
        ["too many fields"] = peer => peer.SendHeadAsync(1, true, [Ok, .. Enumerable.Range(0, 500).Select(i => $"x{i}: 1")]),
        ["endless continuation"] = peer => SendLongHeadAsync(peer, 4 * 1024 * 1024),
        ["flood of empty continuations"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, 0, 1, Http2Peer.Encode(Ok));
            for (var i = 0; i < 5000; i++) await peer.SendAsync(FrameType.Continuation, 0, 1);
        },
        ["head interrupted"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, 0, 1, Http2Peer.Encode(Ok));
            await peer.SendAsync(FrameType.Ping, 0, 0, new byte[8]);
        },
        ["continuation of nothing"] = peer => peer.SendAsync(FrameType.Continuation, 4, 1, Http2Peer.Encode(Ok)),
        ["bad HPACK index"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0xFF, 0x7F]),
        ["HPACK index 0"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0x80]),
        ["HPACK integer without end"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ["HPACK table too large"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x3F, 0xE2, 0x1F, 0x88]),
        ["HPACK table resized late"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0x20]),
        ["HPACK string beyond its block"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0x00, 0x05, (byte)'a']),
        ["bad Huffman code"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x88, 0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, (byte)'1']),
        ["frame too long"] = peer => peer.SendAsync(FrameType.Data, 0, 1, new byte[16 * 1024 + 1]),
        ["padding beyond the frame"] = peer => peer.SendAsync(FrameType.Headers, 4 | 8, 1, [200, 0x88]),
        ["data on stream 0"] = peer => peer.SendAsync(FrameType.Data, 0, 0, 1),
        ["head on stream 0"] = peer => peer.SendHeadAsync(0, true, Ok),
        ["head on a stream of nobody"] = peer => peer.SendHeadAsync(7, true, Ok),
        ["head on an even stream"] = peer => peer.SendHeadAsync(2, true, Ok),
        ["push"] = peer => peer.SendAsync(FrameType.PushPromise, 4, 1, [0, 0, 0, 2, 0x82]),
        ["settings of a client"] = peer => peer.SendSettingsAsync((2, 1)),
        ["settings of a wrong length"] = peer => peer.SendAsync(FrameType.Settings, 0, 0, 1, 2, 3),
        ["settings acknowledged with content"] = peer => peer.SendAsync(FrameType.Settings, 1, 0, 1, 2, 3, 4, 5, 6),
        ["settings on a stream"] = peer => peer.SendAsync(FrameType.Settings, 0, 1),
        ["window too large by settings"] = peer => peer.SendSettingsAsync((4, -1)),
        ["frame size too small"] = peer => peer.SendSettingsAsync((5, 100)),
        ["flood of settings"] = async peer =>
        {
            for (var i = 0; i < 5000; i++) await peer.SendSettingsAsync((4, 65535));
        },
        ["flood of pings"] = async peer =>
        {
            for (var i = 0; i < 5000; i++) await peer.SendAsync(FrameType.Ping, 0, 0, new byte[8]);
        },
        ["ping of a wrong length"] = peer => peer.SendAsync(FrameType.Ping, 0, 0, 1),
        ["reset of a wrong length"] = peer => peer.SendAsync(FrameType.Reset, 0, 1, 1),
        ["reset of stream 0"] = peer => peer.SendNumberAsync(FrameType.Reset, 0, 8),
        ["reset of a stream of nobody"] = peer => peer.SendNumberAsync(FrameType.Reset, 9, 8),
        ["window update of nothing"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 0, 0),
        ["window update of nothing on the stream"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 1, 0),
        ["window beyond what may be"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 0, int.MaxValue),
        ["window beyond what may be on the stream"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 1, int.MaxValue),
        ["go away of a wrong length"] = peer => peer.SendAsync(FrameType.GoAway, 0, 0, 1),
        ["HTTP/1.1"] = peer => peer.Connection.SendAsync(Wire.WireCase.Ok),
        ["closed"] = peer => peer.Connection.EndSendingAsync(),
    };

    /// <summary>The same for a response whose head was good.</summary>
    private static readonly Dictionary<string, Func<Http2Peer, Task>> BodyAttacks = new()
    {
        ["more than the length"] = peer => peer.SendDataAsync(1, "123456", true),
        ["less than the length"] = peer => peer.SendDataAsync(1, "1234", true),
        ["less than the length before trailers"] = async peer =>
        {
            await peer.SendDataAsync(1, "1234", false);
            await peer.SendHeadAsync(1, true, "x-t: 1");
        },
        ["trailers that do not end it"] = peer => peer.SendHeadAsync(1, false, "x-t: 1"),
        ["status in the trailers"] = peer => peer.SendHeadAsync(1, true, Ok),
        ["upper case in the trailers"] = peer => peer.SendHeadAsync(1, true, "X-T: 1"),
        ["closed"] = peer => peer.Connection.EndSendingAsync(),
        ["go away for an error"] = async peer =>
        {
            await peer.SendAsync(FrameType.GoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
            await peer.Connection.EndSendingAsync();
        },
        ["flood of empty data"] = async peer =>
        {
            for (var i = 0; i < 5000; i++) await peer.SendDataAsync(1, "", false);
        },
    };

    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var name in Attacks.Keys)
            {
                names.Add(name, "2.0");
                names.Add(name, "1.1");
            }

            return names;
        }
    }

    public static TheoryData<string> BodyNames => [.. BodyAttacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task BadAnswer_IsABadGatewayAndTheNextRequestIsServed(string name, string version)
    {
        await using var origin = StartAttacking(Attacks[name]);
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(Version.Parse(version));

        using var answer = await client.PostAsync("https://origin.test/", null);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("good", await client.GetStringAsync("https://origin.test/good"));
    }

    [Theory]
    [MemberData(nameof(BodyNames))]
    public async Task BadBody_IsNoEndAndTheNextRequestIsServed(string name)
    {
        await using var origin = StartAttacking(async peer =>
        {
            await peer.SendHeadAsync(1, false, Ok, "content-length: 5");
            await BodyAttacks[name](peer);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("https://origin.test/"));
        Assert.Equal("good", await client.GetStringAsync("https://origin.test/good"));
    }

    [Fact]
    public async Task BodyBeyondTheWindow_IsNoBody()
    {
        var cut = new TaskCompletionSource();
        await using var origin = OriginResetTests.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendHeadAsync(1, false, Ok);
            try
            {
                while (true) await peer.SendAsync(FrameType.Data, 0, 1, new byte[16 * 1024]);
            }
            catch (IOException)
            {
                cut.SetResult();
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = await Http2Peer.ConnectAsync(proxy);
        await client.SendHeadAsync(1, endStream: true, Http2Peer.Get);
        Assert.Equal("HEADERS :status: 200", await client.ReadOutcomeAsync());

        // While the client takes nothing, the proxy cannot take more than one window: the rest comes too early, and ends the connection.
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.SendNumberAsync(FrameType.WindowUpdate, 0, 100_000_000);
        await client.SendNumberAsync(FrameType.WindowUpdate, 1, 100_000_000);
        Assert.Equal("RST_STREAM 2", await client.ReadOutcomeAsync());
    }

    private static RawOrigin StartAttacking(Func<Http2Peer, Task> attack) => RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"] }, async connection =>
    {
        var peer = await Http2Peer.AcceptAsync(connection);
        for (var stream = 1; ; stream += 2)
        {
            if ((await ReadRequestAsync(peer)).Contains("/good", StringComparison.Ordinal))
            {
                await peer.SendHeadAsync(stream, false, Ok, "content-length: 4");
                await peer.SendDataAsync(stream, "good", true);
            }
            else
            {
                await attack(peer);
            }
        }
    });

    /// <summary>The head of the next request, whatever the proxy says about the last one.</summary>
    private static async Task<string> ReadRequestAsync(Http2Peer peer)
    {
        while (true)
        {
            var frame = await peer.ReadAsync();
            if (frame.Header.Type == FrameType.Headers) return peer.Decode(frame.Payload);
        }
    }

    private static async Task SendLongHeadAsync(Http2Peer peer, int bytes)
    {
        await peer.SendAsync(FrameType.Headers, 1, 1, Http2Peer.Encode(Ok));
        var piece = Http2Peer.Encode([.. Enumerable.Range(0, 10).Select(i => $"x-{i}: {new string('x', 1000)}")]);
        for (var sent = 0; sent < bytes; sent += piece.Length) await peer.SendAsync(FrameType.Continuation, 0, 1, piece);
        await peer.SendAsync(FrameType.Continuation, 4, 1);
    }
}
