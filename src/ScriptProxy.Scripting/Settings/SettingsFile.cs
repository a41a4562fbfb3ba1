using ScriptProxy.Engine;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Settings;

/// <summary>The file that options come from, watched as scripts are. It may appear later. Not thread-safe.</summary>
internal sealed class SettingsFile
{
    private readonly string _path;
    private readonly Func<ConfigurationFile?, SettingsChange> _accept;
    private readonly ScriptWatcher _watcher = new(null);
    private string? _hash;

    /// <param name="path">Absolute.</param>
    /// <param name="accept">Checks what was read; null when the file is gone.</param>
    public SettingsFile(string path, Func<ConfigurationFile?, SettingsChange> accept)
    {
        _path = path;
        _accept = accept;
        Watch(new FileSnapshot());
    }

    /// <summary>Looks once. A change counts when two looks in a row agree and the content differs.</summary>
    /// <returns>What is new; null when nothing is.</returns>
    public SettingsChange? Poll()
    {
        if (_watcher.Poll().Count == 0) return null;
        var before = _hash;
        var now = new FileSnapshot();
        Watch(now);
        if (_hash == before) return null;
        try
        {
            return _accept(IsTooLong ? throw new ConfigurationException($"{ScriptMessage.Shown(_path)}: longer than 1 MB, which no configuration is.") : now.IsMissing(_path) ? null : Read(now));
        }
        catch (ConfigurationException exception)
        {
            return new SettingsChange(null, [exception.Message], []);
        }
    }

    private bool IsTooLong => FileFingerprint.Of(_path).Length > ConfigurationFile.LargestBytes;

    private ConfigurationFile Read(FileSnapshot files) => files.Read(_path) is { } content
        ? ConfigurationFile.Parse(_path, content)
        : throw new ConfigurationException($"{ScriptMessage.Shown(_path)}: cannot be read: {files.Problem(_path)}");

    private void Watch(FileSnapshot files)
    {
        // What is too long is not read, only noticed.
        var fingerprint = FileFingerprint.Of(_path);
        _hash = fingerprint.Length > ConfigurationFile.LargestBytes ? fingerprint.ToString() : files.Hash(_path);
        _watcher.Watch(_path, fingerprint.Length > ConfigurationFile.LargestBytes ? [new ScriptFile(_path, _hash, fingerprint)] : files.Files);
    }
}
