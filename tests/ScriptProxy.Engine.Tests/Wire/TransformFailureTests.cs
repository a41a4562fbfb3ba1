using System.Net;
using ScriptProxy.Testing;
using static ScriptProxy.Engine.Tests.Wire.Transforms;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Transforms that fail, stop, block or never end: their message is cut, their client answered where it still can be, nobody else held up.</summary>
public sealed class TransformFailureTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";

    public static TheoryData<string, string> Clients => new() { { "1.1", "http" }, { "1.1", "https" }, { "2.0", "https" } };

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
}
