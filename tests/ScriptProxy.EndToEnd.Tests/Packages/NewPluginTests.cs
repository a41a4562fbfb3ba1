using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Packages;

public sealed class NewPluginTests(PackedFolder packed) : IClassFixture<PackedFolder>
{
    [Fact]
    public async Task NewPlugin_PassesItsTests_AndIsLoaded()
    {
        var folder = Path.Combine(packed.Workplace, "plugin");
        Directory.CreateDirectory(folder);

        // What others publish is on this machine since the tests were built.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <fallbackPackageFolders><add key="built" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);

        (await packed.ToolAsync(Repository.Executable, folder, "new", "plugin", "my-mask")).Succeeded();
        var tests = (await packed.DotnetAsync(folder, "test", "my-mask/MyMask.Tests", "--nologo")).Succeeded();
        (await packed.DotnetAsync(folder, "build", "my-mask/MyMask", "-o", "addons/MyMask", "--nologo")).Succeeded();

        Assert.Contains("Passed:     1", tests.Output, StringComparison.Ordinal);
        await using var proxy = await ProxyProcess.StartListeningAsync(folder, "--set", "mymask.header=X-Other");
        await proxy.UntilLoggedAsync("Scripts: MyMask");
        Assert.DoesNotContain(proxy.Errors, line => line.Contains("warning: ", StringComparison.Ordinal));
    }
}
