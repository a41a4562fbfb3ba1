using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>
/// What an HTTP/2 request says that would mean something else in HTTP/1.1 (RFC 9113 §10.3): it is refused, or reaches the origin as one request with one
/// meaning. Nothing that a client sends becomes a second request, or a field that it did not send.
/// </summary>
public sealed class DowngradeTests
{
    private static readonly string[] Get = Http2Peer.Get;
    private static readonly string[] Post = Http2Peer.Post;

    private static readonly Dictionary<string, (string[] Head, string Body)> Refused = new()
    {
        ["transfer-encoding"] = ([.. Post, "transfer-encoding: chunked"], "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"),
        ["transfer-encoding with content-length"] = ([.. Post, "content-length: 5", "transfer-encoding: chunked"], "0\r\n\r\n"),
        ["connection"] = ([.. Get, "connection: close"], ""),
        ["proxy-connection"] = ([.. Get, "proxy-connection: close"], ""),
        ["upgrade"] = ([.. Get, "upgrade: websocket"], ""),
        ["keep-alive"] = ([.. Get, "keep-alive: 5"], ""),
        ["te: gzip"] = ([.. Get, "te: gzip"], ""),
        ["line break in a value"] = ([.. Get, "a: b\r\nsmuggled: yes"], ""),
        ["line feed in a value"] = ([.. Get, "a: b\nsmuggled: yes"], ""),
        ["head that ends in a value"] = ([.. Get, "a: b\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x"], ""),
        ["NUL in a value"] = ([.. Get, "a: b\0c"], ""),
        ["line break in a name"] = ([.. Get, "a\r\nsmuggled: yes"], ""),
        ["space in a name"] = ([.. Get, "a b: c"], ""),
        ["upper-case name"] = ([.. Get, "Smuggled: yes"], ""),
        ["line break in the path"] = ([.. Get[..3], ":path: / HTTP/1.1\r\nsmuggled: yes\r\nx: "], ""),
        ["space in the path"] = ([.. Get[..3], ":path: /a HTTP/1.1"], ""),
        ["absolute path"] = ([.. Get[..3], ":path: http://other.test/"], ""),
        ["path without slash"] = ([.. Get[..3], ":path: a"], ""),
        ["star for GET"] = ([.. Get[..3], ":path: *"], ""),
        ["line break in the method"] = ([":method: GET / HTTP/1.1\r\nsmuggled: yes\r\nx: ", .. Get[1..]], ""),
        ["space in the method"] = ([":method: GET /smuggled", .. Get[1..]], ""),
        ["line break in the authority"] = ([.. Get[..2], ":authority: origin.test\r\nsmuggled: yes", Get[3]], ""),
        ["path in the authority"] = ([.. Get[..2], ":authority: origin.test/smuggled", Get[3]], ""),
        ["user in the authority"] = ([.. Get[..2], ":authority: ann@origin.test", Get[3]], ""),
        ["two authorities"] = ([.. Get, ":authority: smuggled.test"], ""),
        ["two content-lengths"] = ([.. Post, "content-length: 1", "content-length: 2"], "x"),
        ["list of content-lengths"] = ([.. Post, "content-length: 1, 2"], "x"),
        ["content-length below the body"] = ([.. Post, "content-length: 1"], "xGET /smuggled HTTP/1.1\r\n\r\n"),
    };

    public static TheoryData<string> Names => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RequestThatWouldMeanSomethingElse_IsNoSecondMeaning(string name)
    {
        await using var origin = Start();
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);
        var (head, body) = Refused[name];

        await peer.SendHeadAsync(1, body.Length == 0, head);
        if (body.Length > 0) await peer.SendDataAsync(1, body, endStream: true);

        var outcome = await peer.ReadOutcomeAsync();
        Assert.True(outcome is "HEADERS :status: 400" or "RST_STREAM 1" or "GOAWAY 1" or "RST_STREAM 2" or "END", outcome);

        // What follows on another connection is all that the origin gets to its end.
        Assert.Equal("ok", await proxy.CreateClient().GetStringAsync("https://origin.test/after"));
        var whole = origin.Connections.Select(connection => connection.ReceivedText).Where(text => text.Contains("\r\n\r\n", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(whole, text => text.Split("\r\n")[0] != "GET /after HTTP/1.1" && name != "content-length below the body");
        Assert.DoesNotContain(whole, text => text.Split("\r\n").Any(line => line.StartsWith("smuggled", StringComparison.OrdinalIgnoreCase) || line.StartsWith("GET /smuggled", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/a#fragment")]
    [InlineData("/a//../b?c=%0d%0a|\"")]
    [InlineData("/?")]
    public async Task UnusualPath_IsKept(string path)
    {
        await using var origin = Start();
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await peer.SendHeadAsync(1, true, [.. Get[..3], $":path: {path}"]);

        Assert.Equal("HEADERS :status: 200", await peer.ReadOutcomeAsync());
        Assert.Equal($"GET {path} HTTP/1.1", origin.Connections[0].ReceivedText.Split("\r\n")[0]);
    }

    [Fact]
    public async Task HostBesideTheAuthority_IsTheAuthority()
    {
        await using var origin = Start();
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await peer.SendHeadAsync(1, true, [.. Get, "host: other.test"]);

        Assert.Equal("HEADERS :status: 200", await peer.ReadOutcomeAsync());
        Assert.Equal(["Host: origin.test"], origin.Connections[0].ReceivedText.Split("\r\n").Where(line => line.StartsWith("host", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task BodyThatLooksLikeARequest_StaysABody()
    {
        await using var origin = Start();
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, Post);
        await peer.SendDataAsync(1, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", endStream: true);

        Assert.Equal("HEADERS :status: 200", await peer.ReadOutcomeAsync());
        Assert.Equal(1, Responses(origin));
    }

    [Fact]
    public async Task SignedContentLength_ReachesTheOriginAsTheNumberItWasTakenFor()
    {
        await using var origin = Start();
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, [.. Post, "content-length: +1"]);
        await peer.SendDataAsync(1, "x", endStream: true);

        Assert.Equal("HEADERS :status: 200", await peer.ReadOutcomeAsync());
        Assert.Contains("\r\nContent-Length: 1\r\n", origin.Connections[0].ReceivedText, StringComparison.OrdinalIgnoreCase);
    }

    private static int Responses(RawOrigin origin) => origin.Connections.Sum(connection => connection.ReceivedText.Split("\r\n").Count(line => line is "POST / HTTP/1.1" or "GET /after HTTP/1.1"));

    /// <summary>An HTTP/1.1 origin that answers each request it takes for one.</summary>
    private static RawOrigin Start() => RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
    {
        while (await connection.HasMoreAsync())
        {
            await connection.ReadMessageAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
}
