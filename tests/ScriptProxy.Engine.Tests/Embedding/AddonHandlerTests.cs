using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Embedding;

public sealed class AddonHandlerTests
{
    private static readonly Uri Url = new("https://origin.test/a%2Fb?c=d");

    [Fact]
    public async Task Request_ReachesTheNextHandlerAsAddonsLeftIt()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon
        {
            Request = Hook(flow =>
            {
                flow.Request.Headers["X-Tag"] = "blue";
                flow.Request.Headers.Remove("X-Gone");
            }),
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, Url);
        request.Headers.Add("X-Gone", "1");
        request.Headers.Add("Accept", ["text/html", "text/plain"]);

        await client.SendAsync(request);

        var sent = Assert.Single(next.Requests);
        Assert.Equal(Url, sent.RequestUri);
        Assert.Equal(["blue"], sent.Headers.GetValues("X-Tag"));
        Assert.False(sent.Headers.Contains("X-Gone"));
        Assert.Equal("text/html, text/plain", sent.Headers.Accept.ToString());
        Assert.Null(sent.Content);
        Assert.Null(sent.Headers.Host);
    }

    [Fact]
    public async Task Flow_SaysWhatWasSent()
    {
        var addon = new HookedAddon { Request = Hook(flow => flow.Tags.Add($"{flow.Request.Method} {flow.Request.Url} {flow.Request.Headers["Host"]} {flow.Client.Id}")) };
        using var client = Client(Answering(HttpStatusCode.OK), addon);

        await client.PutAsync(Url, new StringContent("hello"));

        Assert.Equal(["PUT https://origin.test/a%2Fb?c=d origin.test self"], addon.Last!.Tags);
        Assert.Equal(5, addon.Last.Request.ContentLength);
        Assert.Equal(("origin.test", 443), (addon.Last.Server!.Host, addon.Last.Server.Port));
    }

    [Fact]
    public async Task Url_CanBeChanged()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = Hook(flow => flow.Request.Url = "http://other.test:8080/x%2Fy") });

        await client.GetAsync(Url);

        Assert.Equal("http://other.test:8080/x%2Fy", next.Requests[0].RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task HostHeader_CanDifferFromTheUrl()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = Hook(flow => flow.Request.Headers["Host"] = "front.test") });

        await client.GetAsync(Url);

        Assert.Equal("front.test", next.Requests[0].Headers.Host);
        Assert.Equal("origin.test", next.Requests[0].RequestUri!.Host);
    }

    [Fact]
    public async Task UntouchedRequestBody_IsWrittenByItsOwnContent()
    {
        var next = Answering(HttpStatusCode.OK);
        var content = new CountingContent("hello");
        using var client = Client(next, new HookedAddon { Request = Hook(_ => { }) });

        await client.PostAsync(Url, content);

        Assert.Equal(["hello"], next.Bodies);
        Assert.Equal((1, 0), (content.Written, content.Read));
    }

    [Fact]
    public async Task RequestBodyThatWasRead_IsSentAllTheSame()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = async flow => flow.Tags.Add(await flow.Request.ReadTextAsync()) });

        await client.PostAsync(Url, new StringContent("hello"));

        Assert.Equal(["hello"], next.Bodies);
        Assert.Equal(5, next.Requests[0].Content!.Headers.ContentLength);
        Assert.Equal("text/plain; charset=utf-8", next.Requests[0].Content!.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task RequestBodyThatWasReplaced_IsSentInstead()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = async flow => flow.Request.SetText((await flow.Request.ReadTextAsync()).ToUpperInvariant() + "!") });

        await client.PostAsync(Url, new StringContent("hello"));

        Assert.Equal(["HELLO!"], next.Bodies);
        Assert.Equal(6, next.Requests[0].Content!.Headers.ContentLength);
    }

    [Fact]
    public async Task Response_ComesBackAsAddonsLeftIt()
    {
        using var client = Client(Answering(HttpStatusCode.OK, "hello"), new HookedAddon
        {
            Response = async flow =>
            {
                flow.Response!.StatusCode = 201;
                flow.Response.Headers["X-Tag"] = "blue";
                flow.Response.SetText((await flow.Response.ReadTextAsync()).ToUpperInvariant());
            },
        });

        using var response = await client.GetAsync(Url);

        Assert.Equal((HttpStatusCode.Created, "Created"), (response.StatusCode, response.ReasonPhrase));
        Assert.Equal(["blue"], response.Headers.GetValues("X-Tag"));
        Assert.Equal("HELLO", await response.Content.ReadAsStringAsync());
        Assert.Equal(5, response.Content.Headers.ContentLength);
        Assert.Equal(Url, response.RequestMessage!.RequestUri);
    }

    [Fact]
    public async Task UntouchedResponseBody_StreamsAndEndsTheFlow()
    {
        var addon = new HookedAddon();
        var pipe = new System.IO.Pipelines.Pipe();
        using var client = Client(new NextHandler(_ => new HttpResponseMessage { Content = new StreamContent(pipe.Reader.AsStream()) }), addon);

        using var response = await client.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await pipe.Writer.WriteAsync("first "u8.ToArray());
        var buffer = new byte[64];
        var count = await body.ReadAsync(buffer);

        Assert.Equal("first ", Encoding.ASCII.GetString(buffer, 0, count));
        Assert.Equal(0, addon.Completed);
        await pipe.Writer.WriteAsync("last"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        Assert.Equal("last", await new StreamReader(body).ReadToEndAsync());
        Assert.Equal(1, addon.Completed);
        Assert.Equal(10, addon.Last!.Timings.ResponseBytes);
        Assert.Null(addon.Last.Error);
    }

    [Fact]
    public async Task ResponseGivenUp_EndsTheFlow()
    {
        var addon = new HookedAddon();
        var received = new CountingContent("hello");
        using var client = Client(new NextHandler(_ => new HttpResponseMessage { Content = received }), addon);

        var response = await client.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead);
        response.Dispose();
        await addon.Ended;

        Assert.Equal(1, addon.Completed);
        Assert.Equal("connection_terminated", addon.Last!.Error!.Type);
        Assert.True(received.IsDisposed);
    }

    [Fact]
    public async Task ResponseWithoutBody_EndsTheFlowAtOnce()
    {
        var addon = new HookedAddon();
        using var client = Client(new NextHandler(_ => new HttpResponseMessage(HttpStatusCode.NoContent)), addon);

        using var response = await client.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(1, addon.Completed);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Equal(1, addon.Completed);
    }

    [Fact]
    public async Task AddonThatAnswers_SparesTheNextHandler()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = Hook(flow => flow.Respond(200, """{"id":1}""", "application/json")) });

        Assert.Equal(1, (int)(await client.GetFromJsonAsync<JsonObject>(Url))!["id"]!);
        Assert.Empty(next.Requests);
    }

    [Fact]
    public async Task HookThatThrows_FailsClosed()
    {
        var next = Answering(HttpStatusCode.OK);
        var addon = new HookedAddon { Request = _ => throw new FormatException("odd") };
        using var client = Client(next, addon);

        using var response = await client.GetAsync(Url);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("scriptproxy; error=proxy_internal_error", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        Assert.Empty(next.Requests);
        Assert.Equal(1, addon.Completed);
    }

    [Fact]
    public async Task HookThatThrowsAtTheResponse_LetsNoneOfItPass()
    {
        var received = new CountingContent("hello");
        using var client = Client(new NextHandler(_ => new HttpResponseMessage { Content = received }), new HookedAddon { Response = _ => throw new FormatException("odd") });

        using var response = await client.GetAsync(Url);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain("hello", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(received.IsDisposed);
    }

    [Fact]
    public async Task ContinuePolicy_GoesOnWithoutTheAddon()
    {
        var next = Answering(HttpStatusCode.OK, "hello");
        var options = new AddonHandlerOptions
        {
            Addons = [new AddonObjects(new HookedAddon { Request = _ => throw new FormatException("odd") })],
            OnAddonError = AddonErrorPolicy.Continue,
        };
        using var client = new HttpClient(new AddonHandler(options) { InnerHandler = next });

        Assert.Equal("hello", await client.GetStringAsync(Url));
    }

    [Fact]
    public async Task FailureOfTheNextHandler_IsThrownAsItCame()
    {
        var thrown = new HttpRequestException(HttpRequestError.ConnectionError, "no", new SocketException((int)SocketError.ConnectionRefused));
        var addon = new HookedAddon();
        using var client = Client(new NextHandler(_ => throw thrown), addon);

        Assert.Same(thrown, await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Url)));
        Assert.Equal("connection_refused", addon.Last!.Error!.Type);
        Assert.Equal(1, addon.Completed);
    }

    [Fact]
    public async Task FailureOfTheNextHandler_CanBeAnswered()
    {
        using var client = Client(
            new NextHandler(_ => throw new HttpRequestException(HttpRequestError.NameResolutionError, "no")),
            new HookedAddon { Error = Hook(flow => flow.Respond(503, flow.Error!.Type)) });

        using var response = await client.GetAsync(Url);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("dns_error", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Abort_ThrowsWithoutSending()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Request = Hook(flow => flow.Abort()) });

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Url));

        Assert.Contains("aborted", exception.Message, StringComparison.Ordinal);
        Assert.Empty(next.Requests);
    }

    [Fact]
    public async Task Cancellation_ReachesHooksAndTheNextHandler()
    {
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var addon = new HookedAddon
        {
            Request = flow =>
            {
                begun.SetResult();
                return new ValueTask(Task.Delay(Timeout.Infinite, flow.Aborted));
            },
        };
        using var client = Client(Answering(HttpStatusCode.OK), addon);
        var sending = client.GetAsync(Url, cancellation.Token);

        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(1, addon.Completed);
    }

    [Fact]
    public async Task CancelledWhileSending_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var addon = new HookedAddon();
        using var client = Client(
            new NextHandler(async (_, token) =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return null!;
            }),
            addon);
        var sending = client.GetAsync(Url, cancellation.Token);

        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal("connection_terminated", addon.Last!.Error!.Type);
    }

    [Fact]
    public async Task BodyBrokenOff_FailsTheReaderAndTheFlow()
    {
        var addon = new HookedAddon();
        using var client = Client(new NextHandler(_ => new HttpResponseMessage { Content = new StreamContent(new BreakingStream("hel")) }), addon);

        using var response = await client.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead);

        await Assert.ThrowsAnyAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null));
        Assert.Equal("http_response_incomplete", addon.Last!.Error!.Type);
    }

    [Fact]
    public async Task AddonThatDoesNotLoad_LetsNothingPass()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon { Load = () => throw new InvalidOperationException("no") });

        for (var i = 0; i < 2; i++)
        {
            var exception = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(Url));
            Assert.Contains("InvalidOperationException: no (in OnLoad)", exception.Message, StringComparison.Ordinal);
        }

        Assert.Empty(next.Requests);
    }

    [Fact]
    public void SynchronousSend_DoesNotGoAroundAddons()
    {
        var next = Answering(HttpStatusCode.OK);
        using var client = Client(next, new HookedAddon());
        using var request = new HttpRequestMessage(HttpMethod.Get, Url);

        Assert.Throws<NotSupportedException>(() => client.Send(request));
        Assert.Empty(next.Requests);
    }

    [Fact]
    public async Task Disposing_UnloadsTheAddons()
    {
        var addon = new HookedAddon();
        var handler = new AddonHandler(addon) { InnerHandler = Answering(HttpStatusCode.OK) };
        using var client = new HttpClient(handler, disposeHandler: false);
        await client.GetAsync(Url);

        await handler.DisposeAsync();

        Assert.True(addon.IsUnloaded);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RealOrigin_IsReachedThroughTheAddons(string version)
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Headers["X-Tag"]} {body}");
            if (context.Response.SupportsTrailers()) context.Response.AppendTrailer("X-Sum", "7");
        });
        var addon = new HookedAddon
        {
            Request = async flow =>
            {
                flow.Request.Headers["X-Tag"] = "blue";
                await flow.Request.ReadBytesAsync();
            },
        };
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(origin.RootCertificatePath);
        using var sockets = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } };
        using var client = new HttpClient(new AddonHandler(addon) { InnerHandler = sockets });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{origin.HttpsEndPoint}/")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StreamContent(new BreakingStream("hello", breaks: false)),
        };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal($"HTTP/{(version == "2.0" ? "2" : version)} blue hello", await response.Content.ReadAsStringAsync());
        Assert.Equal(Version.Parse(version), response.Version);
        if (version == "2.0") Assert.Equal(["7"], response.TrailingHeaders.GetValues("X-Sum"));
        Assert.Equal(1, addon.Completed);
    }

    private static HttpClient Client(NextHandler next, HookedAddon addon) => new(new AddonHandler(addon) { InnerHandler = next });

    private static NextHandler Answering(HttpStatusCode status, string text = "") => new(_ => new HttpResponseMessage(status) { Content = new StringContent(text) });

    private static Func<HttpFlow, ValueTask> Hook(Action<HttpFlow> hook) => flow =>
    {
        hook(flow);
        return default;
    };

    /// <summary>Counts how its bytes were asked for.</summary>
    private sealed class CountingContent(string text) : HttpContent
    {
        public int Written { get; private set; }

        public int Read { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Written++;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        }

        protected override Task<Stream> CreateContentReadStreamAsync()
        {
            Read++;
            return Task.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Encoding.UTF8.GetByteCount(text);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>Gives its text, of no known length, and then breaks.</summary>
    private sealed class BreakingStream(string text, bool breaks = true) : Stream
    {
        private bool _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_given) return breaks ? throw new IOException("reset") : 0;
            _given = true;
            return Encoding.ASCII.GetBytes(text, 0, text.Length, buffer, offset);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
