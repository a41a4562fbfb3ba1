using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class AddHeaderTests
{
    [Fact]
    public async Task Fields_AreOnRequestAndResponse()
    {
        await using var host = await ExampleScripts.LoadAsync("add-header.csx", "add-header.request={X-Team: blue}");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("X-Team", "red").Build();

        await host.RunAsync(flow);

        Assert.Equal("blue", flow.Request.Headers["X-Team"]);
        Assert.Equal("scriptproxy", flow.Response!.Headers["X-Proxied-By"]);
    }
}
