using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class MaskTests
{
    [Fact]
    public async Task Secrets_ReachTheOriginAndNoRecord()
    {
        await using var host = await ExampleScripts.LoadAsync("mask.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Authorization", "Bearer planted").WithHeader("Cookie", "session=planted").Build();

        await host.RunAsync(flow);

        Assert.Equal("Bearer planted", flow.Request.Headers["Authorization"]);
        Assert.Equal("session=planted", flow.Request.Headers["Cookie"]);
        Assert.DoesNotContain(flow.Record.RequestHeaders, header => header.Value.Contains("planted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ApiKey_DoesNotReachTheOrigin()
    {
        await using var host = await ExampleScripts.LoadAsync("mask.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("X-Api-Key", "planted").Build();

        await host.RunAsync(flow);

        Assert.Equal("masked", flow.Request.Headers["X-Api-Key"]);
    }

    [Fact]
    public async Task Server_DoesNotReachTheClient()
    {
        await using var host = await ExampleScripts.LoadAsync("mask.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Server", "Secret/1.0")).Build();

        await host.RunAsync(flow);

        Assert.False(flow.Response!.Headers.Contains("Server"));
    }
}
