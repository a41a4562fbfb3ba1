using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class MirrorTests
{
    [Fact]
    public async Task Page_IsMirrored()
    {
        await using var host = await ExampleScripts.LoadAsync("mirror.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(200, "<head></head><body>hello</body>", "text/html").Build();

        await host.RunAsync(flow);

        Assert.Equal("<head><style>body { transform: scaleX(-1); }</style></head><body>hello</body>", flow.ReceivedText);
    }
}
