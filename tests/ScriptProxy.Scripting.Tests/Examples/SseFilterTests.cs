using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SseFilterTests
{
    [Fact]
    public async Task Events_AreDroppedAndShortened()
    {
        await using var host = await ExampleScripts.LoadAsync("sse-filter.csx", "sse-filter.max-length=5");
        var flow = FlowBuilder.Get("https://origin.test/")
            .WithResponse(200, "event: ping\ndata: 1\n\ndata: hello\n\nevent: delta\ndata: hello world\n\n", "text/event-stream")
            .Build();

        await host.RunAsync(flow);

        Assert.Equal("data: hello\n\nevent: delta\ndata: hello\n\n", flow.ReceivedText);
    }
}
