using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using ScriptProxy.Testing;

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
        await using var origin = await TestOrigin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
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

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task CodeThatFailsAtOnce_IsAnsweredAndNamed(string version, string scheme)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync("hello"u8.ToArray()).AsTask());
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => flow.Response!.Transform((_, _, _) => throw new FormatException("odd"))));

        var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("The addon HookAddon failed in OnResponse.\n", await answer.Content.ReadAsStringAsync());
        await proxy.WaitForLogAsync("FormatException: odd (in OnResponse)");
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task CodeThatFailsMidway_CutsTheResponse(string version, string scheme)
    {
        var arrived = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            await context.Response.Body.WriteAsync("hello"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await arrived.Task;
            await context.Response.Body.WriteAsync("world"u8.ToArray());
        });
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (input, output, cancellation) =>
        {
            await MoveAsync(input, output, cancellation);
            await input.ReadAsync(cancellation);
            throw new FormatException("odd");
        }));
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        using var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);
        arrived.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null));
        await proxy.WaitForLogAsync("FormatException: odd (in OnResponse)");
        Assert.Equal("proxy_internal_error", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    [Fact]
    public async Task RequestCodeThatFailsMidway_CutsTheOriginOffAndIsAnswered()
    {
        var uploaded = new TaskCompletionSource();
        var isReset = new TaskCompletionSource<bool>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadUntilAsync("hello");
            uploaded.SetResult();
            isReset.SetResult(await connection.IsResetAsync());
        });
        var addon = HookAddon.OnRequest(flow => flow.Request.Transform(async (input, output, cancellation) =>
        {
            await MoveAsync(input, output, cancellation);
            await input.ReadAsync(cancellation);
            throw new FormatException("odd");
        }));
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 10\r\n\r\nhello");
        await uploaded.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.SendAsync("w");

        Assert.True(await isReset.Task.WaitAsync(TimeSpan.FromSeconds(30)), "The origin saw a proper end.");
        var answer = await client.ReadMessageAsync();
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("The addon HookAddon failed in OnRequest.\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CodeThatSwallowsTheSendersFailure_DoesNotEndTheMessageProperly()
    {
        var arrived = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
            await arrived.Task;
        });
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (input, output, cancellation) =>
        {
            try
            {
                while (true) await MoveAsync(input, output, cancellation);
            }
            catch (IOException)
            {
                // As if nothing were wrong.
            }
        }));
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        await client.ReadUntilAsync("part");
        arrived.SetResult();
        Assert.True(await client.IsResetAsync(), $"The client saw a proper end after \"{client.ReceivedText}\".");
        Assert.Equal("http_response_incomplete", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    [Fact]
    public async Task CodeAfterOneThatFails_CannotEndTheMessageProperly()
    {
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        var addon = HookAddon.OnResponse(flow =>
        {
            flow.Response!.Transform(async (input, output, cancellation) =>
            {
                await MoveAsync(input, output, cancellation);
                throw new FormatException("odd");
            });
            flow.Response.Transform(async (input, output, cancellation) =>
            {
                try
                {
                    while (await MoveAsync(input, output, cancellation))
                    {
                    }
                }
                catch (Exception)
                {
                    // As if nothing were wrong.
                }
            });
        });
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        await client.EndSendingAsync();
        var isReset = await client.IsResetAsync();
        Assert.True(isReset || client.ReceivedText.StartsWith("HTTP/1.1 502", StringComparison.Ordinal), $"The client saw a proper end after \"{client.ReceivedText}\".");
        await proxy.WaitForLogAsync("FormatException: odd (in OnResponse)");
    }

    [Fact]
    public async Task CodeThatStopsReading_EndsTheBodyAndTheConnectionGoesOn()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            for (var i = 0; i < 2; i++)
            {
                await connection.ReadUntilAsync("0\r\n\r\n");
                await connection.SendAsync(WireCase.Ok);
            }

            await connection.HasMoreAsync();
        });
        var addon = HookAddon.OnRequest(flow => flow.Request.Transform(async (_, output, cancellation) => await output.WriteAsync("short"u8.ToArray(), cancellation)));
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync($"POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 300000\r\n\r\n{new string('x', 300_000)}");
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        }

        Assert.Equal(["short", "short"], origin.Connections[0].ReceivedText.Split("POST ", StringSplitOptions.RemoveEmptyEntries).Select(Payload));
    }

    [Fact]
    public async Task CodeThatWritesNothing_SendsAnEmptyBody()
    {
        var exchange = await OneExchange.RunAsync(HookAddon.OnResponse(flow => flow.Response!.Transform((_, _, _) => Task.CompletedTask)), Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", exchange.ClientReceived);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task CodeThatNeverEnds_IsCutByTheBodyTimeout(string version, string scheme)
    {
        var cancelled = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync("hello"u8.ToArray()).AsTask());
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (_, _, cancellation) =>
        {
            cancellation.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, cancellation);
        }));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Proxy = new ProxyOptions { BodyIdleTimeout = TimeSpan.FromSeconds(1) }, Origins = [origin], Addons = [addon] });

        var failure = await Record.ExceptionAsync(async () => Assert.NotEqual(HttpStatusCode.OK, (await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/")).StatusCode));

        Assert.True(failure is null or HttpRequestException, failure?.ToString());
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("connection_read_timeout", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientGone_CodeIsCancelled(string version)
    {
        var cancelled = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\nhello");
            await connection.HasMoreAsync();
        });
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (input, output, cancellation) =>
        {
            cancellation.Register(() => cancelled.TrySetResult());
            await MoveAsync(input, output, cancellation);
            await Task.Delay(Timeout.Infinite, cancellation);
        }));
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);
        await body.DisposeAsync();
        answer.Dispose();

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("connection_terminated", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    [Fact]
    public async Task ClientDoesNotRead_CodeIsHeldUp()
    {
        const int pieceBytes = 64 * 1024;
        long written = 0;
        var ended = new TaskCompletionSource();
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        var addon = HookAddon.OnResponse(flow => flow.Response!.Transform(async (_, output, _) =>
        {
            try
            {
                for (var i = 0; i < 4096; i++)
                {
                    await output.WriteAsync(new byte[pieceBytes], CancellationToken.None);
                    Interlocked.Add(ref written, pieceBytes);
                }
            }
            finally
            {
                ended.SetResult();
            }
        }));
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        await client.ReadHeadAsync();
        var standstill = await StandstillAsync(() => Interlocked.Read(ref written));
        Assert.InRange(standstill, 1, 64L * 1024 * 1024);
        Assert.False(ended.Task.IsCompleted);

        client.Reset();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task CodeThatBlocksItsThread_HoldsUpNobodyElse()
    {
        var release = new ManualResetEventSlim();
        await using var origin = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync("hello"u8.ToArray()).AsTask());
        var addon = HookAddon.OnResponse(flow =>
        {
            if (flow.Request.Target == "/blocks") flow.Response!.Transform((input, output, cancellation) =>
            {
                release.Wait(CancellationToken.None);
                return Upper(input, output, cancellation);
            });
        });
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        var client = proxy.CreateClient();

        var blocked = client.GetStringAsync("http://origin.test/blocks");
        for (var i = 0; i < 20; i++) Assert.Equal("hello", await client.GetStringAsync("http://origin.test/"));
        Assert.False(blocked.IsCompleted);
        release.Set();
        Assert.Equal("HELLO", await blocked);
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

    private static async Task Upper(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                foreach (var value in piece.Span) output.Write([(byte)char.ToUpperInvariant((char)value)]);
            }

            input.AdvanceTo(result.Buffer.End);
            await output.FlushAsync(cancellationToken);
            if (result.IsCompleted) return;
        }
    }

    private static async Task Xor(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                var span = output.GetSpan(piece.Length);
                for (var i = 0; i < piece.Length; i++) span[i] = (byte)(piece.Span[i] ^ 0x5A);
                output.Advance(piece.Length);
            }

            input.AdvanceTo(result.Buffer.End);
            await output.FlushAsync(cancellationToken);
            if (result.IsCompleted) return;
        }
    }

    private static Task Copy(PipeReader input, PipeWriter output, CancellationToken cancellationToken) => input.CopyToAsync(output, cancellationToken);

    private static BodyTransform Append(string text) => async (input, output, cancellation) =>
    {
        await input.CopyToAsync(output, cancellation);
        await output.WriteAsync(Encoding.ASCII.GetBytes(text), cancellation);
    };

    /// <returns>Whether there may be more.</returns>
    private static async Task<bool> MoveAsync(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken);
        output.Write(result.Buffer.ToArray());
        input.AdvanceTo(result.Buffer.End);
        await output.FlushAsync(cancellationToken);
        return !result.IsCompleted;
    }

    private static async Task<long> StandstillAsync(Func<long> value)
    {
        var last = -1L;
        for (var unchanged = 0; unchanged < 20; unchanged++)
        {
            var now = value();
            if (now != last || now == 0) unchanged = 0;
            last = now;
            await Task.Delay(50);
        }

        return last;
    }

    private static ValueTask Run(Action action)
    {
        action();
        return default;
    }

    /// <summary>The payload of a chunked message.</summary>
    private static string Payload(string message)
    {
        var body = message[(message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        var payload = new StringBuilder();
        while (true)
        {
            var line = body.IndexOf("\r\n", StringComparison.Ordinal);
            var size = Convert.ToInt32(body[..line], 16);
            if (size == 0) return payload.ToString();
            payload.Append(body, line + 2, size);
            body = body[(line + 2 + size + 2)..];
        }
    }
}
