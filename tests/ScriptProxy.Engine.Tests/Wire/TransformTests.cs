using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;
using static ScriptProxy.Engine.Tests.Wire.Transforms;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A body that passes through code: what comes out is framed anew, what fails is never ended as if it were whole.</summary>
public sealed class TransformTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";

    public static TheoryData<string, string> Responses => new()
    {
        { "A: 1\r\nContent-Length: 5\r\n\r\nhello", "A: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { "A: 1\r\nTransfer-Encoding: chunked\r\n\r\n2;e=1\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "A: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { "A: 1\r\n\r\nhello", "A: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
    };

    public static TheoryData<string, string> Clients => new() { { "1.1", "http" }, { "1.1", "https" }, { "2.0", "https" } };

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task Response_PassesThroughInChunks(string response, string head)
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnResponse(flow => flow.Response!.Transform(Upper)), Get, "HTTP/1.1 200 OK\r\n" + response, originCloses: true);

        Assert.Equal("HTTP/1.1 200 OK\r\n" + head, exchange.ClientReceived[..exchange.ClientReceived.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\r\n\r\n");
        Assert.Equal("HELLO", Payload(exchange.ClientReceived));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: v\r\n\r\n", "X-T: v\r\n")]
    public async Task Request_PassesThroughInChunksWithItsTrailers(string rest, string trailers)
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnRequest(flow => flow.Request.Transform(Upper)), "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n" + rest, WireCase.Ok);

        Assert.StartsWith("POST / HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\n\r\n", exchange.OriginReceived, StringComparison.Ordinal);
        Assert.Equal("HELLO", Payload(exchange.OriginReceived));
        Assert.EndsWith($"\r\n0\r\n{trailers}\r\n", exchange.OriginReceived, StringComparison.Ordinal);
        Assert.Equal(WireCase.Ok, exchange.ClientReceived);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task BothDirectionsAtOnce_StreamThrough(string version, string scheme)
    {
        var large = new byte[5_000_000];
        new Random(1).NextBytes(large);

        // This client reads nothing until all of its upload is taken: the sockets of HTTP/1.1 hold that much, the windows of HTTP/2 do not.
        await using var origin = await TestOrigin.StartAsync(
            new TestOriginOptions { Protocols = HttpProtocols.Http1 }, context => context.Request.Body.CopyToAsync(context.Response.Body));
        var addon = new HookAddon
        {
            Request = flow => Run(() => flow.Request.Transform(Xor)),
            Response = flow => Run(() => flow.Response!.Transform(Xor)),
        };
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        var answer = await proxy.CreateClient(Version.Parse(version)).PostAsync($"{scheme}://origin.test/", new ByteArrayContent(large));

        var received = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(large.AsSpan().SequenceEqual(received), "The body differs.");
    }

    [Fact]
    public async Task EchoThroughTransforms_EachPieceIsBackBeforeTheNextIsSent()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 20; i++) await connection.SendAsync(await connection.ReadExactlyAsync(6));
            await connection.SendAsync(await connection.ReadExactlyAsync(5));
            await connection.HasMoreAsync();
        });
        var addon = new HookAddon
        {
            Request = flow => Run(() => flow.Request.Transform(Upper)),
            Response = flow => Run(() => flow.Response!.Transform(Copy)),
        };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.ReadHeadAsync();
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"1\r\n{(char)('a' + i)}\r\n");
            Assert.Equal($"1\r\n{(char)('A' + i)}\r\n", await client.ReadExactlyAsync(6));
        }

        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", await client.ReadExactlyAsync(5));
    }

    [Fact]
    public async Task SeveralTransforms_ApplyInOrder()
    {
        var addon = HookAddon.OnResponse(flow =>
        {
            flow.Response!.Transform(Append("1"));
            flow.Response.Transform(Append("2"));
            flow.Response.Transform(Append("3"));
        });

        Assert.Equal("hello123", Payload((await OneExchange.RunAsync(addon, Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).ClientReceived));
    }

    [Fact]
    public async Task ReadSetAndTransform_ComposeInTheOrderOfTheCalls()
    {
        var seen = new List<string>();
        var addon = new HookAddon
        {
            Response = async flow =>
            {
                var response = flow.Response!;
                seen.Add(await response.ReadTextAsync());
                response.Transform(Append("1"));
                seen.Add(await response.ReadTextAsync());
                response.SetText("new");
                response.Transform(Append("2"));
                seen.Add(await response.ReadTextAsync());
                response.Transform(Append("3"));
            },
        };
        var exchange = await OneExchange.RunAsync(addon, Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal(["hello", "hello1", "new2"], seen);
        Assert.Equal("new23", Payload(exchange.ClientReceived));
    }

    [Fact]
    public async Task TransformedBodyRead_GoesOutByItsLengthWithItsTrailers()
    {
        var addon = new HookAddon
        {
            Request = async flow =>
            {
                flow.Request.Transform(Upper);
                await flow.Request.ReadBytesAsync();
            },
        };
        var exchange = await OneExchange.RunAsync(addon, "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello", WireCase.Ok);

        Assert.Equal("POST / HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nHELLO", exchange.OriginReceived);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public async Task CodedBody_IsDecodedForTheCodeAndCodedAgain(string coding)
    {
        var coded = Flows.ContentCodings.Encode("hello hello", coding);
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(Upper));
        var exchange = await OneExchange.RunAsync(addon, Get, $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {coded.Length}\r\n\r\n{Encoding.Latin1.GetString(coded)}");

        Assert.Contains($"\r\nContent-Encoding: {coding}\r\n", exchange.ClientReceived, StringComparison.Ordinal);
        Assert.Equal("HELLO HELLO", Flows.ContentCodings.Decode(Encoding.Latin1.GetBytes(Payload(exchange.ClientReceived)), coding));
    }

    [Fact]
    public async Task CodingFieldRemoved_BodyIsSentPlain()
    {
        var coded = Flows.ContentCodings.Encode("hello hello", "gzip");
        var addon = HookAddon.OnResponse(flow =>
        {
            flow.Response!.Headers.Remove("Content-Encoding");
            flow.Response.Transform(Upper);
        });
        var exchange = await OneExchange.RunAsync(addon, Get, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {coded.Length}\r\n\r\n{Encoding.Latin1.GetString(coded)}");

        Assert.DoesNotContain("Content-Encoding", exchange.ClientReceived, StringComparison.Ordinal);
        Assert.Equal("HELLO HELLO", Payload(exchange.ClientReceived));
    }

    [Fact]
    public async Task CodingThatCannotBeRemoved_IsSaidWhereTransformIsCalled()
    {
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\nContent-Length: 5\r\n\r\nhello");
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => flow.Response!.Transform(Upper)));

        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.CreateClient().GetAsync("http://origin.test/")).StatusCode);
        await proxy.WaitForLogAsync("\"compress\" cannot be decoded; gzip, deflate, br and zstd can.");
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n", "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task MessageWithoutBody_CodeIsNotCalled(string method, string response, string expected)
    {
        var called = false;
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform((_, _, _) =>
        {
            called = true;
            return Task.CompletedTask;
        }));
        var exchange = await OneExchange.RunAsync(addon, method + Get[3..], response);

        Assert.False(called);
        Assert.Equal(expected, exchange.ClientReceived);
    }

    [Fact]
    public async Task Http10Client_GetsTheBodyUntilClose()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.Transform(Upper)), "GET http://origin.test/ HTTP/1.0\r\nHost: origin.test\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("HTTP/1.1 200 OK\r\n\r\nHELLO", exchange.ClientReceived);
    }

    [Fact]
    public async Task Http10Request_IsSentByItsLength()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.Transform(Append("!"))), "POST http://origin.test/ HTTP/1.0\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello", WireCase.Ok);

        Assert.Equal("POST / HTTP/1.0\r\nHost: origin.test\r\nContent-Length: 6\r\n\r\nhello!", exchange.OriginReceived);
    }

    [Fact]
    public async Task ExpectContinue_OriginDecides()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Contains("Expect: 100-continue\r\n", await connection.ReadHeadAsync(), StringComparison.Ordinal);
            await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await connection.ReadUntilAsync("0\r\n\r\n");
            await connection.SendAsync(WireCase.Ok);
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnRequest(flow => flow.Request.Transform(Upper)));
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("hello");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal("HELLO", Payload(origin.Connections[0].ReceivedText));
    }

    [Fact]
    public async Task ResponseOfAnAddon_PassesThroughTransformsOfOthers()
    {
        var addon = new HookAddon
        {
            Request = flow => Run(() => flow.Respond(200, "hello")),
            Response = flow => Run(() => flow.Response!.Transform(Upper)),
        };
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions(), addon);

        Assert.Equal("HELLO", await proxy.CreateClient().GetStringAsync("http://origin.test/"));
    }

    [Fact]
    public async Task FlowKeptAfterItsEnd_DoesNotKeepTheCode()
    {
        var kept = new List<HttpFlow>();
        var code = new List<WeakReference>();
        var addon = HookAddon.OnResponse(flow =>
        {
            kept.Add(flow);
            var weight = new byte[100];
            code.Add(new WeakReference(weight));
            flow.Response!.Transform(async (input, output, cancellation) =>
            {
                await output.WriteAsync(weight, cancellation);
                await input.CopyToAsync(output, cancellation);
            });
        });
        await OneExchange.RunAsync(addon, Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        for (var i = 0; i < 20 && code[0].IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50);
        }

        Assert.Single(kept);
        Assert.False(code[0].IsAlive);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kept[0].Response!.ReadBytesAsync());
    }

    [Fact]
    public async Task TransformAfterTheMessageWentOut_SaysWhenToCallIt()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => flow.Request.Transform(Upper)));

        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.CreateClient().PostAsync("http://origin.test/", new StringContent("hello"))).StatusCode);
        await proxy.WaitForLogAsync("The request body was passed on already; transform it in OnRequest.");
    }

    [Fact]
    public async Task WritingWithoutFlushing_IsBounded()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform((_, output, _) =>
        {
            while (true) output.Write(new byte[10_000]);
        }));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Proxy = new ProxyOptions { BodyLimit = 1_000_000 }, RawOrigins = [origin], Addons = [addon] });

        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.CreateClient().GetAsync("http://origin.test/")).StatusCode);
    }
}
