using System.Net;
using System.Net.Http.Headers;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>What passes between an HTTP/2 client and an HTTP/1.1 origin, and what cannot: the HTTP/2 table of docs/fidelity.md.</summary>
public sealed class Http2FidelityTests
{
    private static readonly string[] Get = [":method: GET", ":scheme: https", ":authority: origin.test", ":path: /a%2F/../b?c|d"];
    private static readonly string[] Post = [":method: POST", ":scheme: https", ":authority: origin.test", ":path: /"];

    [Fact]
    public async Task Request_TargetAndValuesAreKept()
    {
        var received = await SendAsync([.. Get, "x-a: caf\u00E9  1", "x-empty:", "user-agent: q/1  (x"]);

        Assert.StartsWith("GET /a%2F/../b?c|d HTTP/1.1\r\nHost: origin.test\r\n", received, StringComparison.Ordinal);
        Assert.Contains("\r\nx-a: caf\u00E9  1\r\n", received, StringComparison.Ordinal);
        Assert.Contains("\r\nx-empty: \r\n", received, StringComparison.Ordinal);
        Assert.Contains("\r\nUser-Agent: q/1  (x\r\n", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestFields_DuplicatesStayApartAndCookiesAreJoined()
    {
        var received = await SendAsync([.. Get, "z-first: 1", "x-dup: 1", "accept: a/b", "cookie: a=1", "x-other: o", "x-dup: 2", "cookie: b=2", "te: trailers", "accept: c/d"]);

        // The order between different names, and the case of well-known ones, are not what the client sent.
        string[] expected = ["Accept: a/b", "Accept: c/d", "Cookie: a=1; b=2", "Host: origin.test", "TE: trailers", "x-dup: 1", "x-dup: 2", "x-other: o", "z-first: 1"];
        var lines = received.Split("\r\n")[1..^2];
        Assert.Equal(expected, lines.Order(StringComparer.OrdinalIgnoreCase));
        Assert.True(Array.IndexOf(lines, "x-dup: 1") < Array.IndexOf(lines, "x-dup: 2"));
        Assert.True(Array.IndexOf(lines, "Accept: a/b") < Array.IndexOf(lines, "Accept: c/d"));
    }

    [Fact]
    public async Task RequestBody_CountedOrChunkedWithTrailers()
    {
        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello", await SendAsync([.. Post, "content-length: 5"], "hello"));
        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", await SendAsync(Post, "hello"));
        Assert.Equal(
            "POST / HTTP/1.1\r\nHost: origin.test\r\nTrailer: x-t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: v\r\nx-u: w\r\n\r\n",
            await SendAsync([.. Post, "trailer: x-t"], "hello", "x-t: v", "x-u: w"));
    }

    [Fact]
    public async Task Response_ValuesAreKeptAndHopByHopFieldsAreNot()
    {
        using var exchange = await GetAsync(
            "HTTP/1.1 200 Fine\r\nDate: junk\r\nx-Z: caf\u00E9  1\r\nX-Dup: 1\r\nset-cookie: a=1\r\nX-Dup: 2\r\nSet-Cookie: b=2\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: a\r\n" +
            "Upgrade: x\r\nContent-Type: ;;bad\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal("Date=junk|Set-Cookie=a=1|Set-Cookie=b=2|x-dup=1|x-dup=2|x-z=caf\u00E9  1", exchange.Fields);
        Assert.Equal("Content-Length=2|Content-Type=;;bad", exchange.ContentFields);
        Assert.Equal("ok", exchange.Body);
    }

    [Fact]
    public async Task ResponseWithoutDate_GetsOne()
    {
        using var exchange = await GetAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.NotNull(exchange.Answer.Headers.Date);
        Assert.Single(exchange.Answer.Headers);
    }

    [Fact]
    public async Task ChunkedResponse_PayloadAndTrailersAreKept()
    {
        using var exchange = await GetAsync("HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2;e=1\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: v\r\nx-u: w\r\n\r\n");

        Assert.Equal("hello", exchange.Body);
        Assert.Equal("Date=d", exchange.Fields);
        Assert.Equal("x-t=v|x-u=w", Shown(exchange.Answer.TrailingHeaders));
    }

    [Theory]
    [InlineData("HTTP/1.1 204 Nothing\r\nDate: d\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 304 Not\r\nDate: d\r\nContent-Length: 1234\r\n\r\n", 304, "Content-Length=1234")]
    [InlineData("HTTP/1.1 205 Reset\r\nDate: d\r\nContent-Length: 2\r\n\r\nok", 205, "Content-Length=0")]
    [InlineData("HTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 299 \r\nDate: d\r\nContent-Length: 0\r\n\r\n", 299, "Content-Length=0")]
    public async Task StatusesWithoutBody_PassWithoutBody(string response, int status, string contentFields)
    {
        using var exchange = await GetAsync(response);

        Assert.Equal(status, (int)exchange.Answer.StatusCode);
        Assert.Equal(contentFields, exchange.ContentFields);
        Assert.Equal("Date=d", exchange.Fields);
        Assert.Equal("", exchange.Body);
    }

    [Theory]
    [InlineData("HTTP/1.1 304 Not\r\nContent-Length: 1234\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 204 No\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 204)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 205)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 304)]
    public async Task StatusChangedByAddon_BodyIsEmptyAndWhole(string response, int status)
    {
        using var exchange = await GetAsync(response, HookAddon.OnResponse(flow => flow.Response!.StatusCode = status));

        Assert.Equal(status, (int)exchange.Answer.StatusCode);
        Assert.Equal("", exchange.Body);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")]
    public async Task OriginStopsInTheBody_StreamIsReset(string response)
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(response, originCloses: true));
        Assert.True(exception is HttpRequestException or HttpIOException, exception.ToString());
    }

    [Theory]
    [InlineData("connection: close")]
    [InlineData("transfer-encoding: chunked")]
    [InlineData("keep-alive: 1")]
    [InlineData("proxy-connection: x")]
    [InlineData("upgrade: websocket")]
    public async Task FieldThatHttp2Forbids_ReachesNoOrigin(string field)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelTlsAsync("origin.test:443", "h2");
        await Http2Request.SendAsync(client, [.. Get, field]);
        await Http2Request.ReadUntilAnsweredAsync(client);

        Assert.Empty(origin.Connections);
    }

    private static async Task<string> SendAsync(string[] fields, string? body = null, params string[] trailers)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, new WatchingAddon());
        await using var client = await proxy.TunnelTlsAsync("origin.test:443", "h2");
        await Http2Request.SendAsync(client, fields, body, trailers);
        await proxy.WaitForFlowAsync();
        return (await origin.ConnectionAsync()).ReceivedText;
    }

    private static async Task<Exchange> GetAsync(string response, Addon? addon = null, bool originCloses = false)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response);
            if (!originCloses) await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, addon ?? new WatchingAddon());
        var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");
        Assert.Equal(HttpVersion.Version20, answer.Version);
        return new Exchange(answer, await answer.Content.ReadAsStringAsync());
    }

    private static string Shown(HttpHeaders headers) =>
        string.Join('|', headers.NonValidated.OrderBy(field => field.Key, StringComparer.Ordinal).SelectMany(field => field.Value.Select(value => $"{field.Key}={value}")));

    private sealed record Exchange(HttpResponseMessage Answer, string Body) : IDisposable
    {
        public string Fields => Shown(Answer.Headers);

        public string ContentFields => Shown(Answer.Content.Headers);

        public void Dispose() => Answer.Dispose();
    }
}
