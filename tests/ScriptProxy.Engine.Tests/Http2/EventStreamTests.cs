using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>What an HTTP/2 origin sends little by little, or late: each piece is there before the next is sent, and a client that leaves is not waited for.</summary>
public sealed class EventStreamTests
{
    private static readonly TestOriginOptions Http2 = new() { Protocols = HttpProtocols.Http2 };

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    public async Task Event_ArrivesBeforeTheNextIsSent(string version, bool hasAddon)
    {
        var events = Channel.CreateUnbounded<string>();
        await using var origin = await TestOrigin.StartAsync(Http2, async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await foreach (var line in events.Reader.ReadAllAsync())
            {
                await context.Response.WriteAsync($"data: {line}\n\n");
                await context.Response.Body.FlushAsync();
            }
        });
        await using var proxy = hasAddon ? await TestProxy.StartAsync(origin, "void OnResponse(HttpFlow flow) => flow.Response!.Headers[\"X-Seen\"] = \"1\";") : await TestProxy.StartAsync(origin);

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/", HttpCompletionOption.ResponseHeadersRead).WaitAsync(TestDeadline.Limit);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        for (var i = 0; i < 5; i++)
        {
            events.Writer.TryWrite($"event {i}");
            Assert.Equal($"data: event {i}", await reader.ReadLineAsync().WaitAsync(TestDeadline.Limit));
            Assert.Equal("", await reader.ReadLineAsync().WaitAsync(TestDeadline.Limit));
        }

        events.Writer.Complete();
        Assert.Null(await reader.ReadLineAsync());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientThatLeavesAnEventStream_ResetsTheStreamOfTheOrigin(string version)
    {
        var aborted = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(Http2, async context =>
        {
            if (context.Request.Path == "/after") return;
            await using var registration = context.RequestAborted.Register(() => aborted.SetResult());
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await aborted.Task;
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(Version.Parse(version));

        using (var response = await client.GetAsync("https://origin.test/", HttpCompletionOption.ResponseHeadersRead))
        {
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[9]);
        }

        await aborted.Task.WaitAsync(TestDeadline.Limit);
        using var after = await client.GetAsync("https://origin.test/after");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientThatLeavesALongPoll_ResetsTheStreamOfTheOrigin(string version)
    {
        var asked = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(Http2, async context =>
        {
            await using var registration = context.RequestAborted.Register(() => aborted.SetResult());
            asked.SetResult();
            await aborted.Task;
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        using var leaving = new CancellationTokenSource();

        var poll = proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/", leaving.Token);
        await asked.Task.WaitAsync(TestDeadline.Limit);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await aborted.Task.WaitAsync(TestDeadline.Limit);
        Assert.Equal("connection_terminated", (await proxy.WaitForFlowAsync()).Error?.Type);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task LongPollThatIsAnswered_IsDeliveredAtOnce(string version)
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<string>();
        await using var origin = await TestOrigin.StartAsync(Http2, async context =>
        {
            asked.SetResult();
            await context.Response.WriteAsync(await answer.Task);
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        var poll = proxy.CreateClient(Version.Parse(version)).GetStringAsync("https://origin.test/");
        await asked.Task.WaitAsync(TestDeadline.Limit);
        Assert.False(poll.IsCompleted);
        answer.SetResult("news");

        Assert.Equal("news", await poll.WaitAsync(TestDeadline.Limit));
    }
}
