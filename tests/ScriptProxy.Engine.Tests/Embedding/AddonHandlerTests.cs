using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Testing;
using static ScriptProxy.Engine.Tests.Embedding.Handlers;

namespace ScriptProxy.Engine.Tests.Embedding;

public sealed class AddonHandlerTests
{
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
}
