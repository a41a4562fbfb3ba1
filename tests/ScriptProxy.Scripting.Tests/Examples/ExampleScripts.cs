using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

/// <summary>The scripts in examples/scripts.</summary>
internal static class ExampleScripts
{
    public static string Folder { get; } = FindFolder();

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder).Where(path => Path.GetExtension(path) is ".csx" or ".cs").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Loads one by its file name.</summary>
    public static Task<AddonHost> LoadAsync(string name) => AddonHost.LoadAsync(Path.Combine(Folder, name));

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "examples", "scripts");
    }
}
