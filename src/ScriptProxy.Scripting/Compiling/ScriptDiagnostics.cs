using Microsoft.CodeAnalysis;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>Compiler messages as lines that editors and CI parse: "mask.csx(3,14): error CS0103: …".</summary>
internal static class ScriptDiagnostics
{
    private const int MostLines = 25;
    private const string MetadataFileMissing = "CS0006";
    private const string TopLevelCodeNeedsExecutable = "CS8805";
    private const string NameUnknown = "CS0103";

    /// <summary>What users of other hosts of scripts take for the way to log.</summary>
    private static readonly string[] LogNames = ["'Log'", "'log'", "'Logger'", "'logger'", "'_logger'", "'ctx'", "'context'", "'Context'"];

    /// <summary>Those of one severity, in the order of the sources; after the first few only how many more there are.</summary>
    public static IReadOnlyList<string> Lines(IEnumerable<Diagnostic> diagnostics, DiagnosticSeverity severity)
    {
        var lines = diagnostics
            .Where(diagnostic => diagnostic.Severity == severity && !diagnostic.IsSuppressed)
            .Select(diagnostic => (Position: diagnostic.Location.GetMappedLineSpan(), Diagnostic: diagnostic))
            .OrderBy(item => item.Position.Path, StringComparer.Ordinal)
            .ThenBy(item => item.Position.StartLinePosition)
            .Select(item => Line(item.Position, item.Diagnostic))
            .Distinct()
            .ToList();
        if (lines.Count <= MostLines) return lines;
        return [.. lines.Take(MostLines), $"… and {lines.Count - MostLines} more"];
    }

    private static string Line(FileLinePositionSpan position, Diagnostic diagnostic)
    {
        var severity = diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning";
        var (id, message) = Explain(diagnostic);
        if (!position.IsValid) return $"{severity} {id}: {message}";
        return ScriptMessage.Line(position.Path, position.StartLinePosition.Line + 1, position.StartLinePosition.Character + 1, severity, id, message);
    }

    /// <summary>Says what to do where the compiler, which knows nothing of scripts as we load them, cannot.</summary>
    private static (string Id, string Message) Explain(Diagnostic diagnostic)
    {
        var message = diagnostic.GetMessage();
        if (diagnostic.Id == MetadataFileMissing && message.Contains($"'{ReferenceResolver.PackagePrefix}", StringComparison.OrdinalIgnoreCase))
            return (ScriptErrors.Package, ScriptErrors.PackageMessage(message.Split('\'')[1]));
        if (diagnostic.Id == TopLevelCodeNeedsExecutable)
            return (diagnostic.Id, "A .cs file holds classes that derive from Addon. Top-level code and functions found by name need the extension .csx.");
        if (diagnostic.Id == NameUnknown && LogNames.Any(name => message.Contains(name, StringComparison.Ordinal)))
            return (diagnostic.Id, $"{message}. To log, keep the AddonContext that OnLoad(AddonContext context) is given, and call its Log; or write to the Console.");
        return (diagnostic.Id, message);
    }
}
