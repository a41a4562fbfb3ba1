using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Scripting;

/// <summary>Lines about scripts, in the form that editors and CI parse: "mask.csx(3,14): error SP1002: …".</summary>
internal static class ScriptMessage
{
    /// <summary>One line. Line and column count from 1; line 0 means the whole file.</summary>
    public static string Line(string path, int line, int column, string severity, string id, string message) =>
        Printable.Escape($"{Position(path, line, column)}: {severity} {id}: {message}");

    /// <summary>An error about the whole file.</summary>
    public static string Error(string path, string id, string message) => Line(path, 0, 0, "error", id, message);

    /// <summary>"mask.csx(3,14)", or "mask.csx" for the whole file.</summary>
    public static string Position(string path, int line, int column) => line == 0 ? Shown(path) : $"{Shown(path)}({line},{column})";

    /// <summary>A path as messages show it: relative to the current directory where that is shorter.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Printable.Escape(relative.Length < path.Length ? relative : path);
    }
}
