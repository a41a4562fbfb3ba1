using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>
/// What a client must not send in HTTP/2, section by section of RFC 9113 and RFC 7541 as h2spec asks for it: the proxy answers as a server without a proxy
/// in front of it does, no such request reaches the origin, and the next client is served.
/// </summary>
public sealed class HostileClientTests(HostileClientTests.Fixture fixture) : IClassFixture<HostileClientTests.Fixture>
{
    private static readonly string[] Get = Http2Peer.Get;
    private static readonly string[] Post = Http2Peer.Post;

    /// <summary>Each by a name, since frames are no test data.</summary>
    private static readonly Dictionary<string, Func<Http2Peer, Task>> Attacks = new()
    {
        ["4.1: frame of an unknown type before a request"] = async peer =>
        {
            await peer.SendAsync((FrameType)0x16, 0, 0, 1, 2, 3);
            await peer.SendHeadAsync(1, true, Get);
        },
        ["4.2: frame larger than SETTINGS_MAX_FRAME_SIZE"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendAsync(FrameType.Data, 1, 1, new byte[16385]);
        },
        ["4.2: head larger than SETTINGS_MAX_FRAME_SIZE"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, Http2Peer.Encode([.. Get, "a: " + new string('x', 17000)])),
        ["4.3: HPACK index that is not there"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Get), 0xFF, 0x7F]),
        ["4.3: PRIORITY in the middle of a head"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, Http2Peer.EndStream, 1, Http2Peer.Encode(Get));
            await peer.SendAsync(FrameType.Priority, 0, 1, 0, 0, 0, 0, 255);
        },
        ["4.3: HEADERS of another stream in the middle of a head"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, Http2Peer.EndStream, 1, Http2Peer.Encode(Get));
            await peer.SendHeadAsync(3, true, Get);
        },
        ["5.1: DATA on an idle stream"] = peer => peer.SendDataAsync(1, "x", true),
        ["5.1: RST_STREAM on an idle stream"] = peer => peer.SendNumberAsync(FrameType.Reset, 1, 8),
        ["5.1: WINDOW_UPDATE on an idle stream"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 1, 100),
        ["5.1: CONTINUATION on an idle stream"] = peer => peer.SendAsync(FrameType.Continuation, 4, 1, Http2Peer.Encode(Get)),
        ["5.1: DATA after the end of the request"] = async peer =>
        {
            await peer.SendHeadAsync(1, true, [.. Get[..3], ":path: /wait"]);
            await peer.SendDataAsync(1, "x", true);
        },
        ["5.1: HEADERS after the end of the request"] = async peer =>
        {
            await peer.SendHeadAsync(1, true, [.. Get[..3], ":path: /wait"]);
            await peer.SendHeadAsync(1, true, Get);
        },
        ["5.1: CONTINUATION after the end of the head"] = async peer =>
        {
            await peer.SendHeadAsync(1, true, [.. Get[..3], ":path: /wait"]);
            await peer.SendAsync(FrameType.Continuation, 4, 1, Http2Peer.Encode("a: 1"));
        },
        ["5.1.1: even stream"] = peer => peer.SendHeadAsync(2, true, Get),
        ["5.1.1: stream below an earlier one"] = async peer =>
        {
            await peer.SendHeadAsync(5, true, [.. Get[..3], ":path: /wait"]);
            await peer.SendHeadAsync(3, true, Get);
        },
        ["5.3.1: stream that depends on itself"] = peer => peer.SendAsync(FrameType.Priority, 0, 1, 0, 0, 0, 1, 255),
        ["6.1: DATA on stream 0"] = peer => peer.SendDataAsync(0, "x", true),
        ["6.1: padding longer than its frame"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendAsync(FrameType.Data, 1 | 8, 1, 200, 1, 2);
        },
        ["6.2: HEADERS on stream 0"] = peer => peer.SendHeadAsync(0, true, Get),
        ["6.2: padding longer than its head"] = peer => peer.SendAsync(FrameType.Headers, 5 | 8, 1, [250, .. Http2Peer.Encode(Get)]),
        ["6.3: PRIORITY on stream 0"] = peer => peer.SendAsync(FrameType.Priority, 0, 0, 0, 0, 0, 3, 255),
        ["6.3: PRIORITY of 4 bytes"] = peer => peer.SendAsync(FrameType.Priority, 0, 1, 0, 0, 0, 3),
        ["6.4: RST_STREAM on stream 0"] = peer => peer.SendNumberAsync(FrameType.Reset, 0, 8),
        ["6.4: RST_STREAM of 3 bytes"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendAsync(FrameType.Reset, 0, 1, 0, 0, 8);
        },
        ["6.5: SETTINGS with ACK and a payload"] = peer => peer.SendAsync(FrameType.Settings, 1, 0, new byte[6]),
        ["6.5: SETTINGS on a stream"] = peer => peer.SendAsync(FrameType.Settings, 0, 1, new byte[6]),
        ["6.5: SETTINGS of 5 bytes"] = peer => peer.SendAsync(FrameType.Settings, 0, 0, new byte[5]),
        ["6.5.2: SETTINGS_ENABLE_PUSH of 2"] = peer => peer.SendSettingsAsync((2, 2)),
        ["6.5.2: SETTINGS_INITIAL_WINDOW_SIZE of 2^31"] = peer => peer.SendSettingsAsync((4, int.MinValue)),
        ["6.5.2: SETTINGS_MAX_FRAME_SIZE of 100"] = peer => peer.SendSettingsAsync((5, 100)),
        ["6.5.2: SETTINGS_MAX_FRAME_SIZE of 2^24"] = peer => peer.SendSettingsAsync((5, 1 << 24)),
        ["6.5.2: unknown setting before a request"] = async peer =>
        {
            await peer.SendSettingsAsync((0x99, 1));
            await peer.SendHeadAsync(1, true, Get);
        },
        ["6.7: PING on a stream"] = peer => peer.SendAsync(FrameType.Ping, 0, 1, new byte[8]),
        ["6.7: PING of 6 bytes"] = peer => peer.SendAsync(FrameType.Ping, 0, 0, new byte[6]),
        ["6.8: GOAWAY on a stream"] = peer => peer.SendAsync(FrameType.GoAway, 0, 1, new byte[8]),
        ["6.9: WINDOW_UPDATE of 0"] = peer => peer.SendNumberAsync(FrameType.WindowUpdate, 0, 0),
        ["6.9: WINDOW_UPDATE of 0 on a stream"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendNumberAsync(FrameType.WindowUpdate, 1, 0);
        },
        ["6.9: WINDOW_UPDATE of 3 bytes"] = peer => peer.SendAsync(FrameType.WindowUpdate, 0, 0, 0, 0, 1),
        ["6.9.1: window beyond 2^31-1"] = async peer =>
        {
            await peer.SendNumberAsync(FrameType.WindowUpdate, 0, int.MaxValue);
            await peer.SendNumberAsync(FrameType.WindowUpdate, 0, int.MaxValue);
        },
        ["6.10: CONTINUATION of another stream"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, Http2Peer.EndStream, 1, Http2Peer.Encode(Get));
            await peer.SendAsync(FrameType.Continuation, 4, 3, Http2Peer.Encode("a: 1"));
        },
        ["6.10: DATA between HEADERS and CONTINUATION"] = async peer =>
        {
            await peer.SendAsync(FrameType.Headers, 0, 1, Http2Peer.Encode(Post));
            await peer.SendDataAsync(1, "x", true);
        },
        ["8.1: second HEADERS without END_STREAM"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendHeadAsync(1, false, "a: 1");
        },
        ["8.1.1: content-length larger than DATA"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, [.. Post, "content-length: 2"]);
            await peer.SendDataAsync(1, "x", true);
        },
        ["8.1.1: content-length smaller than DATA"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, [.. Post, "content-length: 1"]);
            await peer.SendDataAsync(1, "xyz", true);
        },
        ["8.2.1: upper-case name"] = peer => peer.SendHeadAsync(1, true, [.. Get, "X-A: 1"]),
        ["8.2.2: connection"] = peer => peer.SendHeadAsync(1, true, [.. Get, "connection: keep-alive"]),
        ["8.2.2: TE other than trailers"] = peer => peer.SendHeadAsync(1, true, [.. Get, "te: trailers, deflate"]),
        ["8.3: unknown pseudo-header field"] = peer => peer.SendHeadAsync(1, true, [.. Get, ":x: 1"]),
        ["8.3: pseudo-header field of responses"] = peer => peer.SendHeadAsync(1, true, [.. Get, ":status: 200"]),
        ["8.3: pseudo-header field after others"] = peer => peer.SendHeadAsync(1, true, [.. Get[..3], "a: 1", ":path: /"]),
        ["8.3: pseudo-header field in trailers"] = async peer =>
        {
            await peer.SendHeadAsync(1, false, Post);
            await peer.SendHeadAsync(1, true, ":method: GET");
        },
        ["8.3.1: no :method"] = peer => peer.SendHeadAsync(1, true, Get[1..]),
        ["8.3.1: no :scheme"] = peer => peer.SendHeadAsync(1, true, Get[0], Get[2], Get[3]),
        ["8.3.1: no :path"] = peer => peer.SendHeadAsync(1, true, Get[..3]),
        ["8.3.1: empty :path"] = peer => peer.SendHeadAsync(1, true, [.. Get[..3], ":path: "]),
        ["8.3.1: two :methods"] = peer => peer.SendHeadAsync(1, true, [Get[0], .. Get]),
        ["8.3.1: two :paths"] = peer => peer.SendHeadAsync(1, true, [.. Get, Get[3]]),
        ["8.4: PUSH_PROMISE of a client"] = peer => peer.SendAsync((FrameType)5, 4, 1, [0, 0, 0, 2, .. Http2Peer.Encode(Get)]),
        ["HPACK 2.3.3: index beyond both tables"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Get), 0xC6]),
        ["HPACK 4.2: table size beyond the setting"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [0x3F, 0xE2, 0xFF, 0x7F, .. Http2Peer.Encode(Get)]),
        ["HPACK 5.2: Huffman padding of zeros"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Get), 0, 0x81, 0xFE, 1, (byte)'1']),
        ["HPACK 5.2: Huffman code with a byte of ones behind it"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Get), 0, 0x85, 0xF2, 0xB2, 0x4A, 0x87, 0xFF, 1, (byte)'1']),
        ["HPACK 6.1: index 0"] = peer => peer.SendAsync(FrameType.Headers, 5, 1, [.. Http2Peer.Encode(Get), 0x80]),
    };

    public static TheoryData<string> Names => [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ProxyAnswersAsAServerDoes_AndServesTheNext(string name)
    {
        var direct = await OutcomeAsync(await fixture.ConnectDirectlyAsync(), name);
        var reachedDirectly = fixture.TakeReached();

        Assert.Equal(direct, await OutcomeAsync(await Http2Peer.ConnectAsync(fixture.Proxy), name));
        Assert.Equal(reachedDirectly, fixture.TakeReached());
        Assert.Equal(HttpStatusCode.OK, (await fixture.Proxy.CreateClient().GetAsync("https://origin.test/")).StatusCode);
        fixture.TakeReached();
    }

    private static async Task<string> OutcomeAsync(Http2Peer peer, string name)
    {
        await using var connection = peer.Connection;
        await Attacks[name](peer);
        return await peer.ReadOutcomeAsync();
    }

    /// <summary>One origin, and a proxy in front of it.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private TestOrigin? _origin;
        private TestProxy? _proxy;
        private int _reached;

        public TestProxy Proxy => _proxy!;

        public async Task InitializeAsync()
        {
            _origin = await TestOrigin.StartAsync(async context =>
            {
                if (context.Request.Path == "/wait") await Task.Delay(Timeout.Infinite, context.RequestAborted);
                await context.Request.Body.CopyToAsync(Stream.Null);
                Interlocked.Increment(ref _reached);
            });
            _proxy = await TestProxy.StartAsync(_origin);
        }

        public async Task DisposeAsync()
        {
            await _proxy!.DisposeAsync();
            await _origin!.DisposeAsync();
        }

        /// <summary>How many requests the origin has taken to their ends since it was asked last.</summary>
        public int TakeReached() => Interlocked.Exchange(ref _reached, 0);

        internal async Task<Http2Peer> ConnectDirectlyAsync()
        {
            var connection = await RawClient.ConnectAsync(_origin!.HttpsEndPoint);
            await connection.StartTlsAsync("origin.test", _origin.RootCertificatePath, "h2");
            return await Http2Peer.BeginAsync(connection);
        }
    }
}
