using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ModifyQueryTests
{
    [Theory]
    [InlineData("/a?b=1&utm_source=x&c=%20", "/a?b=1&c=%20")]
    [InlineData("/a?gclid=x", "/a")]
    [InlineData("/a?b=1&&c", "/a?b=1&&c")]
    public async Task TrackingParameters_AreRemovedAndTheRestIsLeft(string sent, string expected)
    {
        await using var host = await ExampleScripts.LoadAsync("modify-query.csx");
        var flow = FlowBuilder.Get("https://origin.test" + sent).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Request.Target);
    }

    [Fact]
    public async Task Parameter_IsSet()
    {
        await using var host = await ExampleScripts.LoadAsync("modify-query.csx", "modify-query.set={lang: en & de}");
        var flow = FlowBuilder.Get("https://origin.test/a?lang=fr&b=1").Build();

        await host.RunAsync(flow);

        Assert.Equal("/a?b=1&lang=en%20%26%20de", flow.Request.Target);
    }
}
