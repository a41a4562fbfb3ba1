using System.Text.RegularExpressions;

namespace ScriptProxy.Scripting.Packages;

/// <summary>The errors in what dotnet build printed, as lines like those of any other script.</summary>
internal static partial class BuildErrors
{
    private const int MostLines = 10;

    /// <summary>The first errors, each once; where they name the project that we made, the script is named instead.</summary>
    /// <param name="output">What was printed.</param>
    /// <param name="project">The project's path.</param>
    /// <param name="script">The script's path.</param>
    public static IReadOnlyList<string> Read(IReadOnlyList<string> output, string project, string script)
    {
        var lines = output.Select(line => ErrorLine().Match(line)).Where(match => match.Success).Select(match => Line(match, project, script)).Distinct().ToList();
        if (lines.Count == 0) lines.Add(ScriptMessage.Error(script, ScriptErrors.BuildFailed, $"dotnet build failed. It said: {(output is [.., var last] ? last : "nothing")}"));
        return lines.Count <= MostLines ? lines : [.. lines.Take(MostLines), $"… and {lines.Count - MostLines} more"];
    }

    private static string Line(Match match, string project, string script)
    {
        var path = match.Groups["path"].Value;
        var file = path.Length == 0 || path == project || !Path.IsPathRooted(path) ? script : path;
        _ = int.TryParse(match.Groups["line"].Value, out var line);
        _ = int.TryParse(match.Groups["column"].Value, out var column);
        return ScriptMessage.Line(file, line, column, "error", match.Groups["id"].Value, match.Groups["message"].Value);
    }

    // "path(line,column): error ID: message [project]", "path : error ID: message".
    [GeneratedRegex(@"^(?<path>[^(]*?)(\((?<line>\d+),(?<column>\d+)[^)]*\))?\s*:\s+error\s+(?<id>[A-Za-z]+\d+)\s*:\s*(?<message>.*?)(\s+\[[^\]]*\])?$", RegexOptions.ExplicitCapture)]
    private static partial Regex ErrorLine();
}
