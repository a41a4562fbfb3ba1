using System.Runtime.CompilerServices;

namespace ScriptProxy.Analyzers.Tests;

public class RulesTests
{
    [Fact]
    public void EveryRule_IsDocumented()
    {
        var document = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "analyzers.md"));
        var rules = typeof(Rules).GetFields().Select(field => field.GetValue(null)).OfType<Microsoft.CodeAnalysis.DiagnosticDescriptor>().ToList();

        Assert.Equal(4, rules.Count);
        Assert.All(rules, rule => Assert.Contains($"## {rule.Id}: {rule.Title}", document, StringComparison.Ordinal));
        Assert.All(rules, rule => Assert.Contains(rule.DefaultSeverity == Microsoft.CodeAnalysis.DiagnosticSeverity.Info ? "suggestion" : "warning", document, StringComparison.Ordinal));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
