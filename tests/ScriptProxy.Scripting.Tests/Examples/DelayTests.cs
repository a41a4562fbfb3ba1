using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class DelayTests
{
    /// <summary>The limit on hooks tells a wait from none, without measuring time.</summary>
    [Theory]
    [InlineData(20, false)]
    [InlineData(0, true)]
    public async Task Request_WaitsForTheLatency(int seconds, bool isInTime)
    {
        var path = Path.Combine(ExampleScripts.Folder, "delay.csx");
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions { ScriptFiles = [path], Set = [$"delay.latency={seconds}"], HookTimeout = TimeSpan.FromSeconds(isInTime ? 30 : 0.1) });
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(flow);

        Assert.Equal(isInTime, flow.ReachedOrigin);
    }
}
