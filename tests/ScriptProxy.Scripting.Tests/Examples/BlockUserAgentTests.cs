using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class BlockUserAgentTests
{
    [Theory]
    [InlineData("GoogleBot/2.1", 403)]
    [InlineData("Mozilla/5.0", 200)]
    public async Task Program_IsRefusedByItsName(string agent, int expected)
    {
        await using var host = await ExampleScripts.LoadAsync("block-user-agent.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("User-Agent", agent).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Response!.StatusCode);
        Assert.Equal(expected == 200, flow.ReachedOrigin);
    }
}
