using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Loading;

/// <summary>What came of looking into an addon's files.</summary>
/// <param name="Code">What to load; null when there is nothing new, or nothing good.</param>
/// <param name="Files">The files looked into, to be compared with at the next look.</param>
/// <param name="Errors">Ready-made lines; empty when nothing is wrong.</param>
internal sealed record PreparedAddon(AddonCode? Code, IReadOnlyList<ScriptFile> Files, params IReadOnlyList<string> Errors)
{
    /// <summary>The files are being written: look again in a moment.</summary>
    public static readonly PreparedAddon NotYet = new(null, []);

    /// <summary>Whether the files were touched, or built anew to the same bytes.</summary>
    public bool IsUnchanged => Code is null && Errors.Count == 0;
}
