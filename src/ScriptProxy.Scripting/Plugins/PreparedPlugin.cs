using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>What came of looking into a plugin's folder.</summary>
/// <param name="Code">What to load; null when there is nothing new, or nothing good.</param>
/// <param name="Files">The folder's files, to be compared with at the next look.</param>
/// <param name="Error">A ready-made line; null when nothing is wrong.</param>
internal sealed record PreparedPlugin(PluginCode? Code, IReadOnlyList<ScriptFile> Files, string? Error = null)
{
    /// <summary>The folder is being written to: look again in a moment.</summary>
    public static readonly PreparedPlugin NotYet = new(null, []);

    /// <summary>Touched, or built anew to the same bytes.</summary>
    public static PreparedPlugin Unchanged(IReadOnlyList<ScriptFile> files) => new(null, files);
}
