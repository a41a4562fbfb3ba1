namespace ScriptProxy.Scripting.Watching;

/// <summary>
/// Finds scripts that changed by looking at their files' metadata. Polling sees what file system events do not: atomic saves, swapped
/// symbolic links (Kubernetes ConfigMaps), network file systems, container mounts. Not thread-safe.
/// </summary>
/// <param name="addonsDirectory">Absolute path of the folder whose new files are scripts as well; null for none.</param>
internal sealed class ScriptWatcher(string? addonsDirectory)
{
    private readonly Dictionary<string, Watched> _scripts = new(StringComparer.Ordinal);

    /// <summary>The scripts in a folder by name, absolute: *.csx and *.cs except those that start with "_" or "."; empty when the folder is missing.</summary>
    public static IReadOnlyList<string> List(string directory)
    {
        try
        {
            var names = Directory.EnumerateFiles(directory).Where(IsScript).ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Watches a script by the files that its last version, or its last attempt, was made of.</summary>
    public void Watch(string script, IReadOnlyList<ScriptFile> files) => _scripts[script] = new Watched(files);

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

    private sealed class Watched(IReadOnlyList<ScriptFile> files)
    {
        private FileFingerprint[]? _unsettled;

        public bool HasSettledChange()
        {
            var now = files.Select(file => FileFingerprint.Of(file.Path)).ToArray();
            if (now.SequenceEqual(files.Select(file => file.Fingerprint)))
            {
                _unsettled = null;
                return false;
            }

            var settled = _unsettled is not null && now.SequenceEqual(_unsettled);
            _unsettled = now;
            return settled;
        }
    }
}
