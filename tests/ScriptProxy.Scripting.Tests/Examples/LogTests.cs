using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class LogTests
{
    [Fact]
    public async Task Flow_IsALineWithoutTheQuery()
    {
        await using var host = await ExampleScripts.LoadAsync("log.csx");

        await host.RunAsync(FlowBuilder.Get("https://origin.test/path?token=secret").WithResponse(200, "hello").Build());

        Assert.Contains(host.LogLines, line => line.Contains("GET origin.test/path -> 200, 5 bytes in ", StringComparison.Ordinal));
        Assert.DoesNotContain(host.LogLines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Count_GoesOnAfterAReload()
    {
        var script = await File.ReadAllTextAsync(Path.Combine(ExampleScripts.Folder, "log.csx"));
        await using var host = await AddonHost.LoadTextAsync(script);
        await host.RunAsync(FlowBuilder.Get("https://origin.test/").Build());

        await host.ReloadAsync(script + "\n// changed");
        await host.RunAsync(FlowBuilder.Get("https://origin.test/").Build());

        Assert.Contains(host.LogLines, line => line.EndsWith("#2 for this host", StringComparison.Ordinal));
    }
}
