using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

/// <summary>The scripts in examples/scripts.</summary>
internal static class ExampleScripts
{
    public static string Folder { get; } = FindFolder();

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder).Where(path => Path.GetExtension(path) is ".csx" or ".cs").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Loads one by its file name, with options as --set takes them: "delay.latency=3".</summary>
    public static Task<AddonHost> LoadAsync(string name, params string[] set) =>
        AddonHost.LoadAsync(new AddonHostOptions { ScriptFiles = [Path.Combine(Folder, name)], Set = set });

    /// <summary>Runs one in a real proxy, where it is called "script": "script.latency=3".</summary>
    public static async Task<TestProxy> StartAsync(string name, TestProxyOptions options) =>
        await TestProxy.StartAsync(options with { Script = await File.ReadAllTextAsync(Path.Combine(Folder, name)) });

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "examples", "scripts");
    }
}
