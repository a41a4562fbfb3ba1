using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ReplaceTextTests
{
    [Fact]
    public async Task Word_IsReplacedAcrossPieces()
    {
        await using var host = await ExampleScripts.LoadAsync("replace-text.csx", "replace-text.words={cloud: butt}");
        var flow = FlowBuilder.Get("https://origin.test/")
            .WithResponse(ResponseBuilder.Of(200).WithChunks("to the clo", "ud and back").WithHeader("Content-Type", "text/html"))
            .Build();

        await host.RunAsync(flow);

        Assert.Equal("to the butt and back", flow.ReceivedText);
    }
}
