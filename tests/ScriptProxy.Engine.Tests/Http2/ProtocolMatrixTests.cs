using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Every pair of client and origin protocol carries every kind of message.</summary>
public sealed class ProtocolMatrixTests
{
    private const int Large = 1024 * 1024;

    public static TheoryData<string, HttpProtocols> Pairs => new()
    {
        { "1.1", HttpProtocols.Http1 },
        { "1.1", HttpProtocols.Http2 },
        { "2.0", HttpProtocols.Http1 },
        { "2.0", HttpProtocols.Http2 },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task EmptyBody_IsEmpty(string client, HttpProtocols origin) => RunAsync(client, origin, _ => Task.CompletedTask, async http =>
    {
        using var answer = await http.GetAsync("https://origin.test/");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task CountedBody_KeepsItsLength(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Response.ContentLength = Large;
        return context.Response.Body.WriteAsync(Bytes(Large)).AsTask();
    }, async http =>
    {
        using var answer = await http.GetAsync("https://origin.test/");
        Assert.Equal(Large, answer.Content.Headers.ContentLength);
        Assert.Equal(Bytes(Large), await answer.Content.ReadAsByteArrayAsync());
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task UncountedBody_PassesWithItsTrailers(string client, HttpProtocols origin) => RunAsync(client, origin, async context =>
    {
        if (context.Response.SupportsTrailers()) context.Response.DeclareTrailer("x-sum");
        await context.Response.Body.WriteAsync(Bytes(Large));
        if (context.Response.SupportsTrailers()) context.Response.AppendTrailer("x-sum", "42");
    }, async http =>
    {
        using var answer = await http.GetAsync("https://origin.test/");
        Assert.Equal(Bytes(Large), await answer.Content.ReadAsByteArrayAsync());

        // The origin itself has no trailers in HTTP/1.1; Http2FidelityTests has those.
        Assert.Equal(origin == HttpProtocols.Http2 ? ["42"] : [], answer.TrailingHeaders.SelectMany(field => field.Value));
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task UploadsCountedAndNot_ComeBackWhole(string client, HttpProtocols origin) => RunAsync(client, origin, async context =>
    {
        context.Response.Headers["x-length"] = $"{context.Request.ContentLength?.ToString() ?? "none"}";
        await context.Request.Body.CopyToAsync(context.Response.Body);
    }, async http =>
    {
        using var counted = await http.PostAsync("https://origin.test/", new ByteArrayContent(Bytes(Large)));
        Assert.Equal(Bytes(Large), await counted.Content.ReadAsByteArrayAsync());
        Assert.Equal($"{Large}", counted.Headers.GetValues("x-length").Single());
        using var uncounted = await http.PostAsync("https://origin.test/", new UncountedContent(Bytes(Large)));
        Assert.Equal(Bytes(Large), await uncounted.Content.ReadAsByteArrayAsync());
        Assert.Equal("none", uncounted.Headers.GetValues("x-length").Single());
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task Head_HasALengthAndNoBody(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Response.ContentLength = 1234;
        return Task.CompletedTask;
    }, async http =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "https://origin.test/") { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy };
        using var answer = await http.SendAsync(request);
        Assert.Equal(1234, answer.Content.Headers.ContentLength);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task StatusesWithoutBody_Pass(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Response.StatusCode = int.Parse(context.Request.Path.Value![1..], null);
        context.Response.Headers.ETag = "\"e\"";
        return Task.CompletedTask;
    }, async http =>
    {
        foreach (var status in (int[])[204, 304, 299, 404, 503])
        {
            using var answer = await http.GetAsync($"https://origin.test/{status}");
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("\"e\"", answer.Headers.ETag!.Tag);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task CookiesAndDuplicates_StayWhatTheyAre(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Response.Headers["x-cookie"] = context.Request.Headers.Cookie;
        context.Response.Headers.SetCookie = new(["a=1; path=/", "b=2"]);
        context.Response.Headers["x-host"] = context.Request.Host.Value;
        context.Response.Headers["x-path"] = context.Request.Path + context.Request.QueryString;
        return Task.CompletedTask;
    }, async http =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://origin.test/x?y=z") { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy };
        request.Headers.Add("Cookie", "a=1; b=2; c=3");
        using var answer = await http.SendAsync(request);
        Assert.Equal("a=1; b=2; c=3", answer.Headers.GetValues("x-cookie").Single());
        Assert.Equal(["a=1; path=/", "b=2"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal("origin.test", answer.Headers.GetValues("x-host").Single());
        Assert.Equal("/x?y=z", answer.Headers.GetValues("x-path").Single());
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task OriginDiesInTheBody_IsNoEnd(string client, HttpProtocols origin) => RunAsync(client, origin, async context =>
    {
        if (context.Request.Path == "/next") return;
        await context.Response.Body.WriteAsync(Bytes(100));
        await context.Response.Body.FlushAsync();
        context.Abort();
    }, async http =>
    {
        await Assert.ThrowsAnyAsync<Exception>(() => http.GetByteArrayAsync("https://origin.test/"));
        Assert.Empty(await http.GetByteArrayAsync("https://origin.test/next"));
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task OriginDiesBeforeItsHead_IsABadGateway(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Abort();
        return Task.CompletedTask;
    }, async http =>
    {
        using var answer = await http.PostAsync("https://origin.test/", new StringContent("x"));
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("scriptproxy; error=", answer.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task AnswerDuringTheUpload_ArrivesBeforeItsEnd(string client, HttpProtocols origin) => RunAsync(client, origin, context =>
    {
        context.Response.StatusCode = 413;
        return context.Response.WriteAsync("too large");
    }, async http =>
    {
        var content = new UncountedContent(Bytes(10)) { Ends = new TaskCompletionSource() };
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://origin.test/") { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy, Content = content };
        if (http.DefaultRequestVersion.Major == 1)
        {
            // This client itself waits for the end of its upload in HTTP/1.1.
            content.Ends.SetResult();
        }

        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("too large", await answer.Content.ReadAsStringAsync());
        content.Ends.TrySetResult();
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task HostChangedByAddon_ReachesTheOrigin(string client, HttpProtocols protocols)
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await TestProxy.StartAsync(origin, Wire.HookAddon.OnRequest(flow => flow.Request.Headers["Host"] = "other.test:8443"));

        Assert.Equal("other.test:8443", await proxy.CreateClient(Version.Parse(client)).GetStringAsync("https://origin.test/"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task BodiesChangedByAddon_ReachBothSides(string client, HttpProtocols protocols)
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, async context =>
            await context.Response.WriteAsync($"{context.Request.ContentLength} {await new StreamReader(context.Request.Body).ReadToEndAsync()}"));
        const string script = """
            async Task OnRequest(HttpFlow flow) => flow.Request.SetText(await flow.Request.ReadTextAsync() + " request");
            async Task OnResponse(HttpFlow flow) => flow.Response!.SetText(await flow.Response.ReadTextAsync() + " response");
            """;
        await using var proxy = await TestProxy.StartAsync(origin, script);

        using var answer = await proxy.CreateClient(Version.Parse(client)).PostAsync("https://origin.test/", new StringContent("a"));
        Assert.Equal("9 a request response", await answer.Content.ReadAsStringAsync());
    }

    private static async Task RunAsync(string client, HttpProtocols protocols, Func<HttpContext, Task> handler, Func<HttpClient, Task> test)
    {
        var spoken = "";
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, context =>
        {
            spoken = context.Request.Protocol;
            return handler(context);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var http = proxy.CreateClient(Version.Parse(client));
        http.DefaultRequestHeaders.TE.ParseAdd("trailers");

        await test(http);

        Assert.Equal(protocols == HttpProtocols.Http2 ? "HTTP/2" : "HTTP/1.1", spoken);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)(i * 31 >> 3);
        return bytes;
    }

    /// <summary>Content whose length nobody knows, and which may wait to end.</summary>
    private sealed class UncountedContent(byte[] bytes) : HttpContent
    {
        public TaskCompletionSource? Ends { get; init; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            if (Ends is not null) await Ends.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
