using System.Net;
using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Trailers are known when the body's end is, and can be changed until they are sent.</summary>
public sealed class TrailerTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n";

    [Fact]
    public async Task BodyThatPasses_TrailersAreNullBeforeAndReadableAfterItsEnd()
    {
        HeaderList? before = null;
        var after = new TaskCompletionSource<string?>();
        var addon = new HookAddon
        {
            Response = flow => Run(() => before = flow.Response!.Trailers),
            Completed = flow => Run(() => after.SetResult(flow.Response!.Trailers!["X-T"])),
        };
        var exchange = await OneExchange.RunAsync(addon, Get, Chunked);

        Assert.Null(before);
        Assert.Equal("v", await after.Task);
        Assert.Equal(Chunked, exchange.ClientReceived);
    }

    [Fact]
    public async Task BodyThatWasRead_TrailersCanBeChanged()
    {
        var addon = new HookAddon
        {
            Response = async flow =>
            {
                await flow.Response!.ReadBytesAsync();
                Assert.Equal("v", flow.Response.Trailers!["X-T"]);
                flow.Response.Trailers["X-T"] = "w";
                flow.Response.Trailers.Add("X-U", "u");
                flow.Response.Trailers.Add("Content-Length", "7");
            },
        };
        var exchange = await OneExchange.RunAsync(addon, Get, Chunked);

        Assert.Equal(Chunked.Replace("X-T: v\r\n", "X-T: w\r\nX-U: u\r\n", StringComparison.Ordinal), exchange.ClientReceived);
    }

    [Fact]
    public async Task TrailersOfAMessageByLength_AreSentInChunks()
    {
        var addon = new HookAddon
        {
            Request = async flow =>
            {
                await flow.Request.ReadBytesAsync();
                flow.Request.Trailers!.Add("X-T", "v");
            },
            Response = flow => Run(() =>
            {
                flow.Response!.SetText("new");
                flow.Response.Trailers!.Add("X-U", "u");
            }),
        };
        var exchange = await OneExchange.RunAsync(addon, "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n", exchange.OriginReceived);
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\nTrailer: X-U\r\n\r\n3\r\nnew\r\n0\r\nX-U: u\r\n\r\n", exchange.ClientReceived);
    }

    [Fact]
    public async Task TransformThatHasReadAll_MayChangeTheTrailers()
    {
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (input, output, cancellation) =>
        {
            await input.CopyToAsync(output, cancellation);
            flow.Response.Trailers!["X-T"] += "!";
        }));
        var exchange = await OneExchange.RunAsync(addon, Get, Chunked);

        Assert.EndsWith("\r\n0\r\nX-T: v!\r\n\r\n", exchange.ClientReceived, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http2Client_GetsTheTrailersAnAddonMade(bool replaced)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Chunked);
        var addon = new HookAddon
        {
            Response = async flow =>
            {
                if (replaced) flow.Response!.SetText("new");
                else await flow.Response!.ReadBytesAsync();
                flow.Response!.Trailers!.Add("x-u", "u");
            },
        };
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Equal(replaced ? "new" : "hello", await answer.Content.ReadAsStringAsync());
        Assert.Equal(replaced ? "x-u" : "x-t, x-u", string.Join(", ", answer.TrailingHeaders.Select(field => field.Key)));
    }

    [Fact]
    public async Task Http10Client_GetsNoTrailers()
    {
        var addon = HookAddon.OnResponse(flow =>
        {
            flow.Response!.SetBody(Encoding.ASCII.GetBytes("new"));
            flow.Response.Trailers!.Add("X-U", "u");
        });
        var exchange = await OneExchange.RunAsync(addon, "GET http://origin.test/ HTTP/1.0\r\nHost: origin.test\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew", exchange.ClientReceived);
    }

    [Fact]
    public async Task MessageWithoutBody_HasNoTrailers()
    {
        HeaderList? seen = new Engine.Http1.HeaderBlock();
        await OneExchange.RunAsync(HookAddon.OnRequest(flow => seen = flow.Request.Trailers), Get, WireCase.Ok);

        Assert.Null(seen);
    }

    private static ValueTask Run(Action action)
    {
        action();
        return default;
    }
}
