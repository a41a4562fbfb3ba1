using System.Net;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Server-sent events and long polling that nobody touches: each event is with the client before the origin makes the next, and none is held for the record.</summary>
public sealed class EventStreamTests
{
    private const int Events = 50;

    public static TheoryData<string, string> Clients => new() { { "http", "1.1" }, { "https", "1.1" }, { "https", "2.0" } };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Event_ArrivesBeforeTheNextIsSent(string scheme, string version)
    {
        var next = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            for (var i = 0; i < Events; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"id: {i:00}\ndata: x\n\n");
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var length = $"id: {0:00}\ndata: x\n\n".Length;
        var buffer = new byte[length];
        for (var i = 0; i < Events; i++)
        {
            next.Release();
            await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.StartsWith($"id: {i:00}\n", System.Text.Encoding.ASCII.GetString(buffer), StringComparison.Ordinal);
        }

        Assert.Equal(0, await body.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((200, (long)Events * length, null), (record.StatusCode, record.ResponseBytes, record.ResponseBody));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task LongPoll_HasItsHeadAtOnce_AndItsBodyWhenThereIsNews(string scheme, string version)
    {
        var news = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(await news.Task.WaitAsync(context.RequestAborted));
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        news.SetResult("news");

        Assert.Equal("news", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task ClientThatLeavesAStream_EndsItAtTheOrigin(string scheme, string version)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await left.Task;
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        answer.Dispose();

        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
