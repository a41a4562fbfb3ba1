using ScriptProxy.Engine;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>
/// The addons that ship with the proxy, in a folder of its own. One is loaded once an option of it is set, and costs nothing before: it is not
/// even compiled. A script of the user's with the same file name takes its place.
/// </summary>
internal sealed class ShippedAddons
{
    private readonly SortedDictionary<string, string> _paths = new(StringComparer.Ordinal);
    private readonly bool _loadsAll;

    /// <param name="directory">Absolute; null for none.</param>
    /// <param name="without">Names of those to leave out.</param>
    /// <param name="loadsAll">Whether those without options are loaded too, to be looked at.</param>
    public ShippedAddons(string? directory, IReadOnlyCollection<string> without, bool loadsAll)
    {
        _loadsAll = loadsAll;
        foreach (var path in directory is null ? [] : ScriptWatcher.List(directory))
        {
            var name = NameOf(path);
            if (!without.Any(left => AddonSettings.NameOf(left) == name)) _paths[name] = path;
        }
    }

    /// <summary>The names by which options know them.</summary>
    public IReadOnlyCollection<string> Names => _paths.Keys;

    /// <summary>The paths of those that settings name and nothing else takes the place of, in order.</summary>
    public IEnumerable<string> Wanted(AddonSettings settings, IEnumerable<ScriptEntry> others)
    {
        var taken = others.Where(entry => !entry.IsShipped).Select(entry => NameOf(entry.Path)).ToHashSet(StringComparer.Ordinal);
        return from addon in _paths where (_loadsAll || settings.Mentions(addon.Key)) && !taken.Contains(addon.Key) select addon.Value;
    }

    /// <summary>The names of those that are not loaded.</summary>
    public IReadOnlyList<string> Inert(IEnumerable<ScriptEntry> loaded)
    {
        var taken = loaded.Select(entry => NameOf(entry.Path)).ToHashSet(StringComparer.Ordinal);
        return [.. _paths.Keys.Where(name => !taken.Contains(name))];
    }

    /// <summary>Whether a file is a copy of one of them, as in the folder it was built from: that is not a script of the user's.</summary>
    public bool IsCopy(string path, FileSnapshot files) =>
        _paths.TryGetValue(NameOf(path), out var shipped) && Path.GetFileName(shipped) == Path.GetFileName(path) && (shipped == path || files.Hash(shipped) == files.Hash(path));

    /// <summary>Whether two files are addons of one name.</summary>
    public static bool IsSame(string path, string other) => NameOf(path) == NameOf(other);

    private static string NameOf(string path) => AddonSettings.NameOf(Path.GetFileNameWithoutExtension(path));
}
