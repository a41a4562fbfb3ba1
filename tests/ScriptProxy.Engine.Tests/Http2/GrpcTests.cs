using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>gRPC in its four kinds, by its own framing: a flag, a length, a message (PROTOCOL-HTTP2).</summary>
public sealed class GrpcTests
{
    [Fact]
    public async Task Unary_MessageAndStatusInTrailersPass()
    {
        await using var origin = await StartAsync(async context =>
        {
            var message = await ReadAsync(context.Request.Body);
            await BeginAsync(context);
            await WriteAsync(context.Response.Body, message + " answered");
            End(context, "0");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);

        await call.SendAsync("hello");
        call.EndSending();

        Assert.Equal("hello answered", await call.ReceiveAsync());
        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("0", await call.StatusAsync());
    }

    [Fact]
    public async Task ServerStreaming_EachMessageArrivesBeforeTheNextIsSent()
    {
        var next = Channel.CreateUnbounded<string>();
        await using var origin = await StartAsync(async context =>
        {
            await ReadAsync(context.Request.Body);
            await BeginAsync(context);
            await foreach (var message in next.Reader.ReadAllAsync()) await WriteAsync(context.Response.Body, message);
            End(context, "0");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);
        await call.SendAsync("begin");
        call.EndSending();

        for (var i = 0; i < 5; i++)
        {
            next.Writer.TryWrite($"message {i}");
            Assert.Equal($"message {i}", await call.ReceiveAsync());
        }

        next.Writer.Complete();
        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("0", await call.StatusAsync());
    }

    [Fact]
    public async Task ClientStreaming_EachMessageArrivesBeforeTheNextIsSent()
    {
        var received = Channel.CreateUnbounded<string>();
        await using var origin = await StartAsync(async context =>
        {
            var count = 0;
            for (; await ReadAsync(context.Request.Body) is { } message; count++) received.Writer.TryWrite(message);
            await BeginAsync(context);
            await WriteAsync(context.Response.Body, $"{count} messages");
            End(context, "0");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);

        for (var i = 0; i < 5; i++)
        {
            await call.SendAsync($"message {i}");
            Assert.Equal($"message {i}", await received.Reader.ReadAsync());
        }

        call.EndSending();
        Assert.Equal("5 messages", await call.ReceiveAsync());
        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("0", await call.StatusAsync());
    }

    [Fact]
    public async Task BidirectionalStreaming_BothDirectionsFlowAtOnce()
    {
        await using var origin = await StartAsync(async context =>
        {
            await BeginAsync(context);
            while (await ReadAsync(context.Request.Body) is { } message) await WriteAsync(context.Response.Body, "echo " + message);
            End(context, "0");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);

        for (var i = 0; i < 20; i++)
        {
            await call.SendAsync($"{i}");
            Assert.Equal($"echo {i}", await call.ReceiveAsync());
        }

        call.EndSending();
        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("0", await call.StatusAsync());
    }

    [Fact]
    public async Task TrailersOnly_StatusArrivesInTheHead()
    {
        await using var origin = await StartAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "12";
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);
        call.EndSending();

        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("12", call.StatusOfHead);
    }

    [Fact]
    public async Task ServerEndsEarly_ClientThatStillSendsIsAnswered()
    {
        await using var origin = await StartAsync(async context =>
        {
            await ReadAsync(context.Request.Body);
            await BeginAsync(context);
            await WriteAsync(context.Response.Body, "enough");
            End(context, "9");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var call = await Call.StartAsync(proxy);
        await call.SendAsync("first");

        Assert.Equal("enough", await call.ReceiveAsync());
        Assert.Null(await call.ReceiveAsync());
        Assert.Equal("9", await call.StatusAsync());
        Assert.Null((await proxy.WaitForFlowAsync()).Error);
    }

    [Fact]
    public async Task Cancellation_ReachesTheServer()
    {
        var cancelled = new TaskCompletionSource();
        await using var origin = await StartAsync(async context =>
        {
            context.RequestAborted.Register(cancelled.SetResult);
            await BeginAsync(context);
            await WriteAsync(context.Response.Body, "first");
            await cancelled.Task;
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var call = await Call.StartAsync(proxy);
        Assert.Equal("first", await call.ReceiveAsync());

        await call.DisposeAsync();

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, (await proxy.WaitForFlowAsync()).Error?.StatusCode);
    }

    private static Task<TestOrigin> StartAsync(Func<HttpContext, Task> handler) => TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http2 }, handler);

    private static Task BeginAsync(HttpContext context)
    {
        Assert.Equal("trailers", context.Request.Headers.TE);
        Assert.Equal("application/grpc", context.Request.ContentType);
        context.Response.ContentType = "application/grpc";
        return context.Response.StartAsync();
    }

    private static void End(HttpContext context, string status) => context.Response.AppendTrailer("grpc-status", status);

    private static async Task WriteAsync(Stream stream, string message)
    {
        var bytes = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), message.Length);
        System.Text.Encoding.ASCII.GetBytes(message, bytes.AsSpan(5));
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    private static async Task<string?> ReadAsync(Stream stream)
    {
        var prefix = new byte[5];
        if (await stream.ReadAtLeastAsync(prefix, 5, throwOnEndOfStream: false) == 0) return null;
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await stream.ReadExactlyAsync(message);
        return System.Text.Encoding.ASCII.GetString(message);
    }

    /// <summary>One call, in both directions at once.</summary>
    private sealed class Call : HttpContent, IAsyncDisposable
    {
        private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();
        private readonly CancellationTokenSource _cancelled = new();
        private Task<HttpResponseMessage>? _answering;

        public string StatusOfHead => _answering!.Result.Headers.GetValues("grpc-status").Single();

        public static Task<Call> StartAsync(TestProxy proxy)
        {
            var call = new Call();
            call.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            var request = new HttpRequestMessage(HttpMethod.Post, "https://origin.test/service/Method") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = call };
            request.Headers.TE.ParseAdd("trailers");
            call._answering = proxy.CreateClient(HttpVersion.Version20).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, call._cancelled.Token);
            return Task.FromResult(call);
        }

        public ValueTask SendAsync(string message) => _messages.Writer.WriteAsync(message);

        public void EndSending() => _messages.Writer.Complete();

        public async Task<string?> ReceiveAsync() => await ReadAsync(await (await _answering!).Content.ReadAsStreamAsync());

        public async Task<string> StatusAsync() => (await _answering!).TrailingHeaders.GetValues("grpc-status").Single();

        public async ValueTask DisposeAsync()
        {
            await _cancelled.CancelAsync();
            if (_answering!.IsCompletedSuccessfully) _answering.Result.Dispose();
            _messages.Writer.TryComplete();
            Dispose();
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            await foreach (var message in _messages.Reader.ReadAllAsync(cancellationToken)) await WriteAsync(stream, message);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _cancelled.Dispose();
            base.Dispose(disposing);
        }
    }
}
