namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A body that an addon replaces goes out framed by its length, and the head says so and nothing else.</summary>
public sealed class BodyEditTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Chunks = "5;e=1\r\nhello\r\n0\r\nX-T: v\r\n\r\n";

    [Theory]
    [InlineData("POST", "A: 1\r\nContent-Length: 5\r\nB: 2\r\n", "hello", "A: 1\r\nContent-Length: 3\r\nB: 2\r\n")]
    [InlineData("POST", "A: 1\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nB: 2\r\n", Chunks, "A: 1\r\nB: 2\r\nContent-Length: 3\r\n")]
    [InlineData("POST", "Content-Encoding: compress\r\nContent-Length: 5\r\n", "hello", "Content-Length: 3\r\n")]
    [InlineData("GET", "A: 1\r\n", "", "A: 1\r\nContent-Length: 3\r\n")]
    public async Task RequestBodyReplaced_LengthIsRightAndTrailersAreGone(string method, string fields, string body, string fieldsAfter)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.SetBody("new"u8.ToArray())),
            $"{method} http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n{body}",
            WireCase.Ok);

        Assert.Equal($"{method} / HTTP/1.1\r\nHost: origin.test\r\n{fieldsAfter}\r\nnew", exchange.OriginReceived);
        Assert.Equal(WireCase.Ok, exchange.ClientReceived);
    }

    [Theory]
    [InlineData("POST", "Content-Length: 5\r\n", "hello", "Content-Length: 0\r\n")]
    [InlineData("POST", "", "", "Content-Length: 0\r\n")]
    [InlineData("GET", "", "", "")]
    [InlineData("DELETE", "Transfer-Encoding: chunked\r\n", Chunks, "")]
    public async Task RequestBodyEmptied_LengthIsZeroWhereTheMethodExpectsOne(string method, string fields, string body, string fieldsAfter)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.SetBody(default)), $"{method} http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n{body}", WireCase.Ok);

        Assert.Equal($"{method} / HTTP/1.1\r\nHost: origin.test\r\n{fieldsAfter}\r\n", exchange.OriginReceived);
    }

    [Theory]
    [InlineData("A: 1\r\nContent-Length: 5\r\nB: 2\r\n\r\nhello", false, "A: 1\r\nContent-Length: 3\r\nB: 2\r\n")]
    [InlineData("A: 1\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nB: 2\r\n\r\n" + Chunks, false, "A: 1\r\nB: 2\r\nContent-Length: 3\r\n")]
    [InlineData("A: 1\r\n\r\nuntil close", true, "A: 1\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Encoding: compress\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\nhello", false, "ETag: \"x\"\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Length: 0\r\n\r\n", false, "Content-Length: 3\r\n")]
    public async Task ResponseBodyReplaced_LengthIsRightAndTrailersAreGone(string response, bool originCloses, string fieldsAfter)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.SetBody("new"u8.ToArray())), Get, "HTTP/1.1 200 Fine\r\n" + response, originCloses);

        Assert.Equal($"HTTP/1.1 200 Fine\r\n{fieldsAfter}\r\nnew", exchange.ClientReceived);
    }

    [Theory]
    [InlineData("gzip", "GET")]
    [InlineData("deflate", "GET")]
    [InlineData("br", "GET")]
    [InlineData("zstd", "GET")]
    [InlineData("br, gzip", "GET")]
    [InlineData("gzip", "HEAD")]
    public async Task CodedBodyReplaced_IsCodedAsBefore(string coding, string method)
    {
        var seen = "";
        var addon = new HookAddon
        {
            Response = async flow =>
            {
                flow.Response!.SetText("new new new");
                seen = await flow.Response.ReadTextAsync();
            },
        };
        var exchange = await OneExchange.RunAsync(addon, method + Get[3..], $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 5\r\n\r\n{(method == "HEAD" ? "" : "hello")}");

        var end = exchange.ClientReceived.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        var body = System.Text.Encoding.Latin1.GetBytes(exchange.ClientReceived[end..]);
        var length = method == "HEAD" ? Flows.ContentCodings.Encode("new new new", coding).Length : body.Length;
        Assert.Equal("new new new", seen);
        Assert.StartsWith($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: ", exchange.ClientReceived, StringComparison.Ordinal);
        Assert.InRange(length, 1, 100);
        if (method == "HEAD") Assert.Empty(body);
        else Assert.Equal("new new new", Flows.ContentCodings.Decode(body, coding));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CodingFieldRemovedByAddon_ReplacedBodyIsSentPlain(bool before)
    {
        var addon = HookAddon.OnResponse(flow =>
        {
            if (before) flow.Response!.Headers.Remove("Content-Encoding");
            flow.Response!.SetText("new");
            if (!before) flow.Response.Headers.Remove("Content-Encoding");
        });
        var exchange = await OneExchange.RunAsync(addon, Get, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nnew", exchange.ClientReceived);
    }

    [Fact]
    public async Task CodingFieldRemovedBeforeReading_BodyIsDecodedAllTheSame()
    {
        var seen = "";
        var coded = Flows.ContentCodings.Encode("hello", "gzip");
        var addon = new HookAddon
        {
            Response = async flow =>
            {
                flow.Response!.Headers.Remove("Content-Encoding");
                seen = await flow.Response.ReadTextAsync();
            },
        };
        await OneExchange.RunAsync(addon, Get, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {coded.Length}\r\n\r\n{System.Text.Encoding.Latin1.GetString(coded)}");

        Assert.Equal("hello", seen);
    }

    [Fact]
    public async Task EmptiedCodedBody_HasNoCoding()
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnResponse(flow => flow.Response!.SetBody(default)), Get, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", exchange.ClientReceived);
    }

    [Fact]
    public async Task TransferCodedBody_IsReadDecodedAndSentAsItCame()
    {
        var seen = "";
        var coded = System.Text.Encoding.Latin1.GetString(Flows.ContentCodings.Encode("hello", "gzip"));
        var addon = new HookAddon { Response = async flow => seen = await flow.Response!.ReadTextAsync() };
        var response = $"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n{coded.Length:x}\r\n{coded}\r\n0\r\n\r\n";
        var exchange = await OneExchange.RunAsync(addon, Get, response);

        Assert.Equal("hello", seen);
        Assert.Equal(response, exchange.ClientReceived);
    }

    [Fact]
    public async Task BodyOfManyMegabytes_GoesOutWhole()
    {
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        var exchange = await OneExchange.RunAsync(
            new HookAddon
            {
                Request = flow => Run(() => flow.Request.SetBody(large)),
                Response = flow => Run(() => flow.Response!.SetBody(large)),
            },
            Get,
            WireCase.Ok);

        var text = System.Text.Encoding.Latin1.GetString(large);
        Assert.True($"GET / HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 3000000\r\n\r\n{text}" == exchange.OriginReceived, "The request differs.");
        Assert.True($"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n{text}" == exchange.ClientReceived, "The response differs.");
    }

    [Theory]
    [InlineData("Content-Length: 1234\r\n", "Content-Length: 3\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "Content-Length: 3\r\n")]
    [InlineData("", "Content-Length: 3\r\n")]
    public async Task HeadWithReplacedBody_AnnouncesItAndSendsNone(string fields, string fieldsAfter)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.SetBody("new"u8.ToArray())), "HEAD" + Get[3..], $"HTTP/1.1 200 OK\r\n{fields}A: 1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", exchange.ClientReceived, StringComparison.Ordinal);
        Assert.Contains("\r\n" + fieldsAfter, exchange.ClientReceived, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", exchange.ClientReceived, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", exchange.ClientReceived, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(204, "No Content")]
    [InlineData(304, "Not Modified")]
    public async Task BodySetOnStatusWithout_IsNotSent(int status, string reason)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.SetBody("new"u8.ToArray())), Get, $"HTTP/1.1 {status} {reason}\r\nA: 1\r\n\r\n");

        Assert.Equal($"HTTP/1.1 {status} {reason}\r\nA: 1\r\n\r\n", exchange.ClientReceived);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: 1\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nA: 1\r\n\r\n" + Chunks)]
    public async Task StatusBecomesNoContent_NothingIsAnnouncedOrSent(string response)
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnResponse(flow => flow.Response!.StatusCode = 204), Get, response);

        Assert.Equal("HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n", exchange.ClientReceived);
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task StatusWithoutBodyBecomesOk_BodyIsEmpty(string method, string response)
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnResponse(flow => flow.Response!.StatusCode = 200), method + Get[3..], response);

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", exchange.ClientReceived);
    }

    [Fact]
    public async Task GetBecomesHead_ClientGetsAnEmptyBody()
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnRequest(flow => flow.Request.Method = "HEAD"), Get, "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");

        Assert.Equal("HEAD / HTTP/1.1\r\nHost: origin.test\r\n\r\n", exchange.OriginReceived);
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", exchange.ClientReceived);
    }

    [Fact]
    public async Task HeadBecomesGet_ClientGetsNoBody()
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnRequest(flow => flow.Request.Method = "GET"), "HEAD" + Get[3..], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n", exchange.OriginReceived);
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", exchange.ClientReceived);
    }

    private static ValueTask Run(Action action)
    {
        action();
        return default;
    }
}
