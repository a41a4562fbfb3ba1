using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ScriptProxy.Engine.Embedding;
using static ScriptProxy.Engine.Tests.Embedding.Handlers;

namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>Addons that answer, fail or hang up, and next handlers that fail.</summary>
public sealed class AddonHandlerFailureTests
{
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
}
