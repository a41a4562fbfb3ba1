using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

/// <summary>The addons that ship, in addons/.</summary>
internal static class ShippedScripts
{
    public static string Root { get; } = FindRoot();

    public static string Folder { get; } = Path.Combine(Root, "addons");

    /// <summary>Their names, such as "map-local".</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.csx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static string PathOf(string name) => Path.Combine(Folder, name + ".csx");

    /// <summary>Loads one with options as --set takes them, without its name: "rules=/~q/X-Tag/blue".</summary>
    public static Task<AddonHost> LoadAsync(string name, params string[] set) =>
        AddonHost.LoadAsync(new AddonHostOptions { ScriptFiles = [PathOf(name)], Set = [.. set.Select(option => $"{name}.{option}")] });

    /// <summary>What loading one says is wrong.</summary>
    public static async Task<string> ErrorAsync(string name, params string[] set) =>
        Assert.Single((await Assert.ThrowsAsync<ScriptLoadException>(() => LoadAsync(name, set))).Errors);

    /// <summary>Runs a flow through one.</summary>
    public static async Task<TestFlow> RunAsync(AddonHost host, FlowBuilder flow)
    {
        var built = flow.Build();
        await host.RunAsync(built);
        return built;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent;
        return folder!.FullName;
    }
}
