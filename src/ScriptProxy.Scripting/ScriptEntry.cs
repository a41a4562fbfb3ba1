using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>One script or plugin that is looked after, whether or not a version of it is live.</summary>
/// <param name="path">Absolute.</param>
/// <param name="isNamed">Whether the user named it; else it was found in the addons folder and goes when its file does.</param>
/// <param name="isShipped">Whether it is one of the proxy's own.</param>
internal sealed class ScriptEntry(string path, bool isNamed, bool isShipped = false)
{
    public string Path => path;

    public bool IsNamed => isNamed;

    /// <summary>Whether it ships with the proxy: loaded once an option of it is set.</summary>
    public bool IsShipped => isShipped;

    /// <summary>Whether it is a plugin, loaded from its folder, rather than a script.</summary>
    public bool IsPlugin => PluginFolder.IsPlugin(path);

    /// <summary>The running version; null when none passed.</summary>
    public LoadedAddon? Live { get; set; }

    /// <summary>The generation in which <see cref="Live"/> was first published.</summary>
    public int Generation { get; set; }

    /// <summary>Whether the last attempt failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>What the last attempt was made of, successful or not.</summary>
    public IReadOnlyList<ScriptFile> Files { get; set; } = [];

    /// <summary>Whether <paramref name="now"/> has other content than the last attempt was made of.</summary>
    public bool Differs(FileSnapshot now) => Files.Count == 0 || Files.Any(file => now.Hash(file.Path) != file.Hash);
}
