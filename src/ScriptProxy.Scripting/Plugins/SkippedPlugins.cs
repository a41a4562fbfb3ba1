using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>
/// Folders in the addons folder that hold a plugin and are not loaded as one, because something about them is not as it must be: each is named once,
/// with the remedy. Not thread-safe.
/// </summary>
/// <param name="addonsDirectory">Absolute; null for none.</param>
/// <param name="patience">How long a folder may be so before it is more than a copy under way.</param>
/// <param name="timeProvider">Tells how long that was.</param>
internal sealed class SkippedPlugins(string? addonsDirectory, TimeSpan patience, TimeProvider timeProvider)
{
    private readonly Dictionary<string, (long Since, bool IsTold)> _folders = new(StringComparer.Ordinal);

    /// <summary>Looks once.</summary>
    /// <param name="known">The addons that are looked after, absolute: whatever their folders are like, they are not skipped.</param>
    /// <param name="mayWait">Whether a folder is given time to be completed before it is named.</param>
    /// <returns>A line for each folder that was not named before.</returns>
    public IReadOnlyList<string> Look(IEnumerable<string> known, bool mayWait)
    {
        if (addonsDirectory is null) return [];
        try
        {
            var skipped = PluginFolder.Others(addonsDirectory).Except(known.Select(path => Path.GetDirectoryName(path)!)).ToList();
            foreach (var gone in _folders.Keys.Except(skipped).ToList()) _folders.Remove(gone);
            return [.. skipped.Where(folder => IsDue(folder, mayWait)).Select(Problem).OfType<string>()];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or going.
            return [];
        }
    }

    private bool IsDue(string folder, bool mayWait)
    {
        if (!_folders.TryGetValue(folder, out var known)) _folders[folder] = known = (timeProvider.GetTimestamp(), IsTold: false);
        if (known.IsTold || (mayWait && timeProvider.GetElapsedTime(known.Since) < patience)) return false;
        _folders[folder] = known with { IsTold = true };
        return true;
    }

    /// <returns>Null when the folder is none of a plugin: it may hold libraries of scripts.</returns>
    private static string? Problem(string folder)
    {
        var name = Path.GetFileName(folder);
        var plugins = Directory.EnumerateFiles(folder, "*.dll").Where(HoldsAddons).Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal).ToList();
        if (plugins.Count == 0) return null;
        var problem = plugins.Contains(name)
            ? $"{name}.deps.json is missing beside {name}.dll. Build it with <EnableDynamicLoading>true</EnableDynamicLoading> and copy the whole output folder."
            : $"its plugin is {plugins[0]}.dll, and a plugin's folder is named as its DLL: rename the folder to {plugins[0]}.";
        return ScriptMessage.Line(folder, 0, 0, "warning", ScriptErrors.PluginUnusable, $"this folder is skipped: {problem} Begin its name with \"_\" if it is no addon.");
    }

    /// <summary>Whether an assembly was built to hold addons. Nothing of it is loaded.</summary>
    private static bool HoldsAddons(string path)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(path));
            if (!image.HasMetadata) return false;
            var metadata = image.GetMetadataReader();
            return metadata.AssemblyReferences.Any(handle => metadata.StringComparer.Equals(metadata.GetAssemblyReference(handle).Name, PluginFolder.Contract));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            return false;
        }
    }
}
