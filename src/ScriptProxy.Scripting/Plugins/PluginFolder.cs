using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>A plugin as it lies on disk: NAME.dll, NAME.deps.json and what they need, in a folder of their own.</summary>
internal static class PluginFolder
{
    /// <summary>The assembly that every plugin references.</summary>
    public const string Contract = "ScriptProxy.Abstractions";

    private const int MostFiles = 5_000;
    private const long MostBytes = 1024L * 1024 * 1024;

    /// <summary>Whether a path names a plugin rather than a script.</summary>
    public static bool IsPlugin(string path) => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    /// <summary>The plugins of an addons folder: NAME/NAME.dll with NAME.deps.json beside it, except where NAME starts with "_" or ".".</summary>
    public static IEnumerable<string> List(string addonsDirectory) => Folders(addonsDirectory).Select(DllOf).Where(IsComplete);

    /// <summary>The other folders, absolute.</summary>
    public static IEnumerable<string> Others(string addonsDirectory) => Folders(addonsDirectory).Where(folder => !IsComplete(DllOf(folder)));

    /// <summary>
    /// Every file of the plugin's folder and below it, in order. Names that start with "." are left out, and links to folders are not
    /// followed: a mounted ConfigMap has its files twice, and only the outer ones stay where they are.
    /// </summary>
    public static IReadOnlyList<string> FilesOf(string plugin)
    {
        var files = new List<string>();
        try
        {
            Collect(new DirectoryInfo(Path.GetDirectoryName(plugin)!), files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is left is looked at again.
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>Why the folder cannot be a whole plugin as it is now: a copy may be under way. Null when nothing is missing.</summary>
    public static string? Incomplete(string plugin)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(plugin));
            if (!image.HasMetadata) return "it is not a .NET assembly.";
            var missing = MissingFiles(plugin).ToList();
            return missing.Count == 0 ? null
                : $"{string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} named in {Path.GetFileName(DependenciesOf(plugin))} and missing beside it. "
                    + "Build it with <EnableDynamicLoading>true</EnableDynamicLoading> and copy the whole output folder.";
        }
        catch (FileNotFoundException)
        {
            return "no such file.";
        }
        catch (DirectoryNotFoundException)
        {
            return "no such file.";
        }
        catch (BadImageFormatException)
        {
            return "it is not a .NET assembly, or only part of one.";
        }
        catch (JsonException)
        {
            return $"{Path.GetFileName(DependenciesOf(plugin))} is not valid JSON, or only part of it.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message.Split('\n')[0];
        }
    }

    /// <summary>Why the folder is more than a plugin's; null when it is not.</summary>
    public static string? TooLarge(IReadOnlyList<string> files)
    {
        if (files.Count <= MostFiles && files.Sum(file => FileFingerprint.Of(file).Length) <= MostBytes) return null;
        return $"its folder holds more than {MostFiles} files or {MostBytes / 1024 / 1024 / 1024} GB. A plugin needs a folder of its own, as it is copied whole.";
    }

    private static IEnumerable<string> Folders(string addonsDirectory) => Directory.EnumerateDirectories(addonsDirectory).Where(folder => Path.GetFileName(folder)[0] is not ('_' or '.'));

    private static string DllOf(string folder) => Path.Combine(folder, Path.GetFileName(folder) + ".dll");

    private static bool IsComplete(string plugin) => File.Exists(plugin) && File.Exists(DependenciesOf(plugin));

    private static string DependenciesOf(string plugin) => Path.ChangeExtension(plugin, ".deps.json");

    private static void Collect(DirectoryInfo folder, List<string> files)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.') || files.Count > MostFiles) continue;
            if (entry is FileInfo) files.Add(entry.FullName);
            else if (entry.LinkTarget is null) Collect((DirectoryInfo)entry, files);
        }
    }

    private static IEnumerable<string> MissingFiles(string plugin)
    {
        if (!File.Exists(DependenciesOf(plugin))) yield break;
        using var json = JsonDocument.Parse(File.ReadAllBytes(DependenciesOf(plugin)));
        var folder = Path.GetDirectoryName(plugin)!;
        foreach (var asset in Assets(json.RootElement).Distinct())
        {
            // In a package "lib/net8.0/X.dll", beside the plugin "X.dll".
            var name = asset[(asset.LastIndexOf('/') + 1)..];
            if (PlatformAssemblies.Find(Path.GetFileNameWithoutExtension(name)) is not null) continue;
            if (!File.Exists(Path.Combine(folder, name)) && !File.Exists(Path.Combine(folder, asset))) yield return name;
        }
    }

    private static IEnumerable<string> Assets(JsonElement root)
    {
        var libraries = from target in Members(root, "targets")
                        from library in Members(target.Value)
                        where !library.Name.StartsWith(Contract + "/", StringComparison.OrdinalIgnoreCase)
                        select library.Value;
        foreach (var library in libraries)
        {
            foreach (var asset in Members(library, "runtime").Concat(Members(library, "native"))) yield return asset.Name;
            foreach (var asset in Members(library, "runtimeTargets"))
            {
                // Other systems' files may have been left out on purpose.
                if (asset.Value.TryGetProperty("rid", out var system) && system.GetString() == RuntimeInformation.RuntimeIdentifier) yield return asset.Name;
            }
        }
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? Members(member) : default;

    private static JsonElement.ObjectEnumerator Members(JsonElement element) => element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default;
}
