using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SuppressErrorsTests
{
    [Fact]
    public async Task OriginThatDoesNotAnswer_EndsTheConnection()
    {
        await using var origin = RawOrigin.Start(_ => Task.CompletedTask);
        await using var proxy = await ExampleScripts.StartAsync("suppress-errors.csx", new TestProxyOptions { RawOrigins = [origin], AllowErrors = true });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.True(await client.IsResetAsync() || client.ReceivedText.Length == 0);
        Assert.Equal("", client.ReceivedText);
    }

    [Fact]
    public async Task Answer_Passes()
    {
        await using var host = await ExampleScripts.LoadAsync("suppress-errors.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(502).Build();

        await host.RunAsync(flow);

        Assert.False(flow.IsAborted);
        Assert.Equal(502, flow.Response!.StatusCode);
    }
}
