using System.IO.Compression;
using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A body that an addon reads and leaves alone arrives as it was, whatever frames it.</summary>
public sealed class ReadBodyTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";

    public static TheoryData<string> Lengths => [Message(""), Message("hello"), Message(new string('x', 300_000)), Message(Gzip("hello"), "Content-Encoding: gzip\r\n")];

    public static TheoryData<string, string> Chunked => new()
    {
        { "0\r\n\r\n", "0\r\n\r\n" },
        { "5;e=1\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "2\r\nhe\r\n3\r\nllo\r\n0\r\nX-T:  v\r\nx-u: w\r\n\r\n", "5\r\nhello\r\n0\r\nX-T:  v\r\nx-u: w\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task CountedBodiesRead_WireIsTheSame(string message)
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.ReadingBodies(), "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n" + message, "HTTP/1.1 200 OK\r\n" + message);

        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\n" + message, exchange.OriginReceived);
        Assert.Equal("HTTP/1.1 200 OK\r\n" + message, exchange.ClientReceived);
    }

    [Theory]
    [MemberData(nameof(Chunked))]
    public async Task ChunkedBodiesRead_PayloadAndTrailersAreTheSame(string chunks, string chunksAfter)
    {
        const string fields = "A: 1\r\ntransfer-encoding: chunked\r\nTrailer: X-T\r\n\r\n";
        var exchange = await OneExchange.RunAsync(
            HookAddon.ReadingBodies(), $"POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n{fields}{chunks}", $"HTTP/1.1 200 OK\r\n{fields}{chunks}");

        Assert.Equal($"POST / HTTP/1.1\r\nHost: origin.test\r\n{fields}{chunksAfter}", exchange.OriginReceived);
        Assert.Equal($"HTTP/1.1 200 OK\r\n{fields}{chunksAfter}", exchange.ClientReceived);
    }

    [Fact]
    public async Task BodyUntilCloseRead_WireIsTheSame()
    {
        const string response = "HTTP/1.1 200 OK\r\nA: 1\r\n\r\nuntil close";
        var exchange = await OneExchange.RunAsync(HookAddon.ReadingBodies(), Get, response, originCloses: true);

        Assert.Equal(response, exchange.ClientReceived);
    }

    [Fact]
    public async Task GzipRead_AddonSeesTextAndWireIsTheSame()
    {
        var seen = "";
        var addon = new HookAddon { Response = async flow => seen = await flow.Response!.ReadTextAsync() };
        var response = "HTTP/1.1 200 OK\r\n" + Message(Gzip("hello"), "Content-Encoding: gzip\r\n");
        var exchange = await OneExchange.RunAsync(addon, Get, response);

        Assert.Equal("hello", seen);
        Assert.Equal(response, exchange.ClientReceived);
    }

    [Theory]
    [InlineData("Content-Length: 300000\r\n\r\n", "", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", "493e0\r\n", "\r\n0\r\n\r\n")]
    public async Task ReadingGivenUpAtTheLimit_WholeBodyArrives(string fields, string before, string after)
    {
        var addon = new HookAddon
        {
            Response = async flow => await Assert.ThrowsAsync<BodyTooLargeException>(async () => await flow.Response!.ReadBytesAsync()),
        };
        var payload = string.Concat(Enumerable.Range(0, 300_000 / 6).Select(i => $"{i:x5} "));
        await using var origin = RawOrigin.StartAnswering($"HTTP/1.1 200 OK\r\n{fields}{before}{payload}{after}");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Proxy = new ProxyOptions { BodyLimit = 100_000 }, RawOrigins = [origin], Addons = [addon] });

        Assert.Equal(payload, await proxy.CreateClient().GetStringAsync("http://origin.test/"));
    }

    [Fact]
    public async Task BodyReadTwice_SameBytes()
    {
        var seen = new List<string>();
        var addon = new HookAddon
        {
            Request = async flow =>
            {
                seen.Add(await flow.Request.ReadTextAsync());
                seen.Add(await flow.Request.ReadTextAsync());
            },
            Response = async flow => seen.Add(await flow.Request.ReadTextAsync()),
        };
        await OneExchange.RunAsync(addon, "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello", WireCase.Ok);

        Assert.Equal(["hello", "hello", "hello"], seen);
    }

    private static string Message(string body, string fields = "") => $"{fields}X: 1\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static string Gzip(string text)
    {
        var coded = new MemoryStream();
        using (var gzip = new GZipStream(coded, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return Encoding.Latin1.GetString(coded.ToArray());
    }
}
