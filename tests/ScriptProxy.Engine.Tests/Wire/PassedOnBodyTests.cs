using System.Net;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A body that went on unread is neither empty nor raced for: asking for it says when to ask.</summary>
public sealed class PassedOnBodyTests
{
    public static TheoryData<string, string> Clients => new() { { "1.1", "http" }, { "1.1", "https" }, { "2.0", "https" } };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task RequestBodyReadInOnResponse_SaysWhenToRead(string version, string scheme)
    {
        Exception? seen = null;
        var addon = new HookAddon { Response = async flow => seen = await Assert.ThrowsAsync<InvalidOperationException>(async () => await flow.Request.ReadTextAsync()) };

        Assert.Equal("hello", await EchoAsync(addon, version, scheme));
        Assert.StartsWith("The request body was passed on already; read it in OnRequest", seen!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task RequestBodyReadInOnRequest_StaysReadableToTheEnd(string version, string scheme)
    {
        var seen = new List<string>();
        var completed = new TaskCompletionSource();
        var addon = new HookAddon
        {
            Request = async flow => seen.Add(await flow.Request.ReadTextAsync()),
            Response = async flow =>
            {
                seen.Add(await flow.Request.ReadTextAsync());
                await flow.Response!.ReadBytesAsync();
            },
            Completed = async flow =>
            {
                seen.Add(await flow.Request.ReadTextAsync());
                seen.Add(await flow.Response!.ReadTextAsync());
                completed.SetResult();
            },
        };

        Assert.Equal("hello", await EchoAsync(addon, version, scheme, completed.Task));
        Assert.Equal(["hello", "hello", "hello", "hello"], seen);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task ResponseBodyReadInOnCompleted_SaysWhenToRead(string version, string scheme)
    {
        var seen = new TaskCompletionSource<Exception>();
        var addon = new HookAddon { Completed = async flow => seen.SetResult(await Assert.ThrowsAsync<InvalidOperationException>(async () => await flow.Response!.ReadBytesAsync())) };

        Assert.Equal("hello", await EchoAsync(addon, version, scheme, seen.Task));
        Assert.StartsWith("The response body was passed on already; read it in OnResponse", (await seen.Task).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadThatGoesOn_IsNotRacedFor()
    {
        var uploaded = new TaskCompletionSource<string>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(WireCase.Ok);
            uploaded.SetResult(await connection.ReadExactlyAsync(5));
            await connection.HasMoreAsync();
        });
        var addon = new HookAddon { Response = async flow => await Assert.ThrowsAsync<InvalidOperationException>(async () => await flow.Request.ReadBytesAsync()) };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhe");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        await client.SendAsync("llo");
        Assert.Equal("hello", await uploaded.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task RequestBodySetInOnResponse_FailsTheFlowAndSaysWhenToSet()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => flow.Request.SetText("late")));

        var answer = await proxy.CreateClient().PostAsync("http://origin.test/", new StringContent("hello"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await proxy.WaitForLogAsync("The request body was passed on already; change it in OnRequest.");
    }

    [Fact]
    public async Task RequestAnsweredByAnAddon_BodyIsReadableInOnResponse()
    {
        var seen = "";
        var addon = new HookAddon
        {
            Request = flow =>
            {
                flow.Respond(200, "mocked");
                return default;
            },
            Response = async flow => seen = await flow.Request.ReadTextAsync(),
        };
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions(), addon);

        await proxy.CreateClient().PostAsync("http://origin.test/", new StringContent("hello"));

        Assert.Equal("hello", seen);
    }

    [Fact]
    public async Task OriginRefusesTheConnection_BodyIsReadableInOnError()
    {
        var seen = "";
        var addon = new HookAddon
        {
            Error = async flow =>
            {
                seen = await flow.Request.ReadTextAsync();
                flow.Respond(503, "later");
            },
        };
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions(), addon);

        var answer = await proxy.CreateClient().PostAsync("http://no-such-host.invalid/", new StringContent("hello"));

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal("hello", seen);
    }

    [Fact]
    public async Task ClientLeavesWhileItsBodyIsRead_AddonIsGivenAnIOException()
    {
        var seen = new TaskCompletionSource<Exception>();
        var reading = new TaskCompletionSource();
        var addon = new HookAddon
        {
            Request = async flow =>
            {
                reading.SetResult();
                try
                {
                    await flow.Request.ReadBytesAsync();
                }
                catch (IOException exception)
                {
                    seen.SetResult(exception);
                    throw;
                }
            },
        };
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions(), addon);
        var client = await proxy.ConnectAsync();
        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhe");
        await reading.Task;
        client.Reset();

        Assert.Equal("The client closed the connection.", (await seen.Task.WaitAsync(TimeSpan.FromSeconds(30))).Message);
        Assert.Equal("connection_terminated", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    private static async Task<string> EchoAsync(Addon addon, string version, string scheme, Task? until = null)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        var answer = await proxy.CreateClient(Version.Parse(version)).PostAsync($"{scheme}://origin.test/", new StringContent("hello"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        if (until is not null) await until.WaitAsync(TimeSpan.FromSeconds(30));
        return text;
    }
}
