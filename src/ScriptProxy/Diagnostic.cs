using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace ScriptProxy.Cli;

/// <summary>One thing that is wrong, taken apart for programs.</summary>
/// <param name="File">As messages show it; null when it is about no file.</param>
/// <param name="Line">Counts from 1; null for the whole file.</param>
/// <param name="Column">Counts from 1; null when unknown.</param>
/// <param name="Severity">error or warning.</param>
/// <param name="Id">CS0103, SP1002, …; null for mistakes in options and exceptions of addons.</param>
/// <param name="Message">What is wrong.</param>
internal sealed partial record Diagnostic(
    [property: JsonPropertyName("file")] string? File,
    [property: JsonPropertyName("line")] int? Line,
    [property: JsonPropertyName("column")] int? Column,
    [property: JsonPropertyName("severity")] string Severity,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("message")] string Message)
{
    /// <summary>Takes a ready-made line apart: "mask.csx(3,14): error CS0103: …".</summary>
    public static Diagnostic Parse(string line, string severity)
    {
        var match = Form().Match(line);
        if (!match.Success) return new Diagnostic(null, null, null, severity, null, line);
        return new Diagnostic(
            match.Groups["file"].Value, Number(match.Groups["line"]), Number(match.Groups["column"]), severity, match.Groups["id"] is { Success: true } id ? id.Value : null, match.Groups["message"].Value);
    }

    private static int? Number(Group group) => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : null;

    // A file has a position, or what follows has an id; "--set mask.x: …" has neither.
    [GeneratedRegex(@"\A(?<file>.+?)(?:(?:\((?<line>\d+)(?:,(?<column>\d+))?\)): (?:(?:error|warning) (?<id>[A-Z]{2}\d{4}): )?|: (?:error|warning) (?<id>[A-Z]{2}\d{4}): )(?<message>.*)\z")]
    private static partial Regex Form();
}
