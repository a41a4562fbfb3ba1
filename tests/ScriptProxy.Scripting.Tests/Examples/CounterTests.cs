using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class CounterTests
{
    [Fact]
    public async Task Responses_AreNumberedAcrossAReload()
    {
        var script = await File.ReadAllTextAsync(Path.Combine(ExampleScripts.Folder, "counter.csx"));
        await using var host = await AddonHost.LoadTextAsync(script);
        await host.RunAsync(FlowBuilder.Get("https://origin.test/").Build());
        await host.ReloadAsync(script + "\n// changed");
        var second = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(second);

        Assert.Equal("2", second.Response!.Headers["X-Count"]);
    }
}
