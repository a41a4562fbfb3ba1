using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ScriptProxy.Analyzers.Tests;

/// <summary>Compiles source code against .NET and Abstractions, and runs all analyzers on it.</summary>
internal static class Analysis
{
    private const string Usings = "using System; using System.IO; using System.Linq; using System.Threading; using System.Threading.Tasks; using ScriptProxy;\n";

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
    [
        .. typeof(BlockingCallAnalyzer).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
    ];

    /// <summary>What the analyzers say, in source order, as "SP2001: message". Fails when the code does not compile.</summary>
    /// <param name="source">Types of a file that has the usual usings.</param>
    public static async Task<IReadOnlyList<string>> OfFileAsync(string source)
    {
        var compilation = CSharpCompilation.Create("Addons", [CSharpSyntaxTree.ParseText(Usings + source)], References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

        var found = await compilation.WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync();
        Assert.DoesNotContain(found, diagnostic => diagnostic.Id == "AD0001");
        return [.. found.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start).Select(diagnostic => $"{diagnostic.Id}: {diagnostic.GetMessage(null)}")];
    }

    /// <summary>The same for members of an addon.</summary>
    public static Task<IReadOnlyList<string>> OfAddonAsync(string members) => OfFileAsync($$"""public sealed class Sample : Addon { {{members}} }""");
}
