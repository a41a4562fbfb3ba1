using ScriptProxy.Scripting.Plugins;

namespace ScriptProxy.Scripting.Watching;

/// <summary>
/// Finds scripts and plugins that changed by looking at their files' metadata. Polling sees what file system events do not: atomic saves, swapped
/// symbolic links (Kubernetes ConfigMaps), network file systems, container mounts. Not thread-safe.
/// </summary>
/// <param name="addonsDirectory">Absolute path of the folder whose new files and plugins are addons as well; null for none.</param>
internal sealed class ScriptWatcher(string? addonsDirectory)
{
    private readonly Dictionary<string, Watched> _scripts = new(StringComparer.Ordinal);

    /// <summary>Whether a script has changed that the next look may confirm, so that it should come soon. A plugin is given more time: it is written file by file.</summary>
    public bool IsUnsettled => _scripts.Any(script => script.Value.IsUnsettled && !PluginFolder.IsPlugin(script.Key));

    /// <summary>
    /// The addons in a folder by name, absolute: *.csx, *.cs and NAME/NAME.dll with its .deps.json, except those that start with "_" or ".";
    /// empty when the folder is missing.
    /// </summary>
    public static IReadOnlyList<string> List(string directory)
    {
        try
        {
            var names = Directory.EnumerateFiles(directory).Where(IsScript).Concat(PluginFolder.List(directory)).ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Watches a script by the files that its last version, or its last attempt, was made of; a plugin also by whatever comes into its folder.</summary>
    public void Watch(string script, IReadOnlyList<ScriptFile> files) => _scripts[script] = new Watched(script, files);

    public void Forget(string script) => _scripts.Remove(script);

    /// <summary>
    /// Looks at every file once. A change counts when two looks in a row agree, so that a save in several steps is one change.
    /// <see cref="Watch"/> or <see cref="Forget"/> answers every script that is returned, else it is returned again.
    /// </summary>
    /// <returns>The scripts to look into: changed, removed, or new in the addons folder.</returns>
    public IReadOnlyList<string> Poll()
    {
        foreach (var script in addonsDirectory is null ? [] : List(addonsDirectory))
        {
            if (!_scripts.ContainsKey(script)) Watch(script, [new ScriptFile(script, null, default)]);
        }

        return [.. _scripts.Where(script => script.Value.HasSettledChange()).Select(script => script.Key)];
    }

    private static bool IsScript(string path)
    {
        var name = Path.GetFileName(path);
        return !name.StartsWith('_') && !name.StartsWith('.')
            && (name.EndsWith(".csx", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".cs", StringComparison.OrdinalIgnoreCase));
    }

    private sealed class Watched(string script, IReadOnlyList<ScriptFile> files)
    {
        private readonly List<(string, FileFingerprint)> _before = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => (file.Path, file.Fingerprint))];
        private List<(string, FileFingerprint)>? _unsettled;

        public bool IsUnsettled => _unsettled is not null;

        public bool HasSettledChange()
        {
            var now = Look();
            if (now.SequenceEqual(_before))
            {
                _unsettled = null;
                return false;
            }

            var settled = _unsettled is not null && now.SequenceEqual(_unsettled);
            _unsettled = now;
            return settled;
        }

        private List<(string, FileFingerprint)> Look()
        {
            var paths = files.Select(file => file.Path);
            if (PluginFolder.IsPlugin(script)) paths = paths.Union(PluginFolder.FilesOf(script));
            return [.. paths.Order(StringComparer.Ordinal).Select(path => (path, FileFingerprint.Of(path)))];
        }
    }
}
