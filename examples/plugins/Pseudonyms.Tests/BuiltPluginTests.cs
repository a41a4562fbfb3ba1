using ScriptProxy.Scripting;
using ScriptProxy.Testing;

namespace PseudonymsPlugin.Tests;

/// <summary>The plugin as a proxy loads it: from its folder, isolated, with options as text.</summary>
public sealed class BuiltPluginTests
{
    [Fact]
    public async Task Plugin_LoadsWithItsOwnDependency()
    {
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions { ScriptFiles = [PluginPath()], Set = ["pseudonyms.key=a key for tests"] });
        var flow = FlowBuilder.Get("https://api.test/").WithResponse(200, "ada@lovelace.test").Build();

        await host.RunAsync(flow);

        Assert.EndsWith("@example.invalid", flow.ReceivedText, StringComparison.Ordinal);
        Assert.Equal(["OnResponse"], host.Hooks);
    }

    [Fact]
    public async Task KeyThatIsTooShort_KeepsItFromLoading()
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => AddonHost.LoadAsync(new AddonHostOptions { ScriptFiles = [PluginPath()], Set = ["pseudonyms.key=short"] }));

        Assert.Contains("at least 8 characters", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contract_IsNotShippedWithThePlugin()
    {
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(PluginPath())!).Select(Path.GetFileName).ToList();

        Assert.Contains("Pseudonyms.deps.json", files);
        Assert.Contains("Pseudonyms.Text.dll", files);
        Assert.DoesNotContain("ScriptProxy.Abstractions.dll", files);
    }

    private static string PluginPath()
    {
        // …/bin/Debug/net10.0/ of the tests and of the plugin end alike.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var plugins = framework.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(plugins.FullName, "Pseudonyms", "bin", framework.Parent!.Name, framework.Name, "Pseudonyms.dll");
    }
}
