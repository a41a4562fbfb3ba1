using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>
/// Source bytes -> assembly. A .csx is compiled as a submission (functions and statements at top level), a .cs as ordinary C#. Emits and
/// loads by hand because what CSharpScript runs can never be unloaded.
/// </summary>
internal static class ScriptCompiler
{
    // Versions of one assembly (CS1701, CS1702) are the loader's business; an async hook that awaits nothing (CS1998) is nobody's.
    private static readonly Dictionary<string, ReportDiagnostic> Unreported = new()
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
        ["CS1998"] = ReportDiagnostic.Suppress,
    };

    /// <summary>Compiles the script at <paramref name="path"/> (absolute) and what it loads, from the bytes in <paramref name="files"/>.</summary>
    public static CompileResult Compile(string path, FileSnapshot files, bool debug)
    {
        if (files.Read(path) is not { } content)
            return new CompileResult(null, [ScriptMessage.Error(path, ScriptErrors.Unreadable, files.Problem(path) + ".")]);

        var references = new ReferenceResolver(files, Path.GetDirectoryName(path)!);
        var options = Options(path, files, references, debug);
        try
        {
            return path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase)
                ? CompileFile(path, content, files, references, options)
                : CompileSubmission(path, content, files, references, options);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A mistake in the compiler is no reason to end the proxy: the running version stays.
            return Failed(path, [ScriptMessage.Error(path, ScriptErrors.CompilerFailed, "the compiler failed: " + AddonException.Describe(exception))]);
        }
    }

    private static CSharpCompilationOptions Options(string path, FileSnapshot files, ReferenceResolver references, bool debug) => new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: debug ? OptimizationLevel.Debug : OptimizationLevel.Release,
        allowUnsafe: true,
        concurrentBuild: false, // traffic keeps the other cores
        deterministic: true,
        nullableContextOptions: NullableContextOptions.Annotations,
        specificDiagnosticOptions: Unreported,
        sourceReferenceResolver: new SourceResolver(files, Path.GetDirectoryName(path)!),
        metadataReferenceResolver: references);

    private static CompileResult CompileSubmission(
        string path, byte[] content, FileSnapshot files, ReferenceResolver references, CSharpCompilationOptions options)
    {
        var parseOptions = new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script);
        var tree = CSharpSyntaxTree.ParseText(SourceResolver.ToText(content), parseOptions, path);
        var compilation = CSharpCompilation.CreateScriptCompilation(
            Path.GetFileNameWithoutExtension(path), tree, FrameworkReferences.All, options.WithUsings(DefaultUsings.All), returnType: typeof(object));
        return Emit(path, compilation, files, references);
    }

    private static CompileResult CompileFile(
        string path, byte[] content, FileSnapshot files, ReferenceResolver references, CSharpCompilationOptions options)
    {
        // The feature makes the compiler accept "#!" and "#:" lines.
        var parseOptions = new CSharpParseOptions(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]);
        var directives = new FileDirectives(files, parseOptions);
        directives.Add(path, content);
        if (directives.Errors.Count > 0) return new CompileResult(null, directives.Errors);

        var usings = string.Concat(DefaultUsings.All.Select(name => $"global using {name};\n"));
        var usingsTree = CSharpSyntaxTree.ParseText(SourceText.From(usings, Encoding.UTF8), parseOptions, "GlobalUsings.g.cs");
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path), [.. directives.Trees, usingsTree], FrameworkReferences.All, options);
        return Emit(path, compilation, files, references);
    }

    private static CompileResult Emit(string path, CSharpCompilation compilation, FileSnapshot files, ReferenceResolver references)
    {
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        var sources = compilation.SyntaxTrees.Where(tree => Path.IsPathRooted(tree.FilePath)).ToList();
        var result = compilation.Emit(
            image,
            symbols,
            options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
            embeddedTexts: sources.Select(tree => EmbeddedText.FromSource(tree.FilePath, tree.GetText())));
        if (!result.Success) return Failed(path, ScriptDiagnostics.Lines(result.Diagnostics, DiagnosticSeverity.Error));

        var script = new CompiledScript
        {
            Path = path,
            Image = image.ToArray(),
            Symbols = symbols.ToArray(),
            SubmissionType = compilation.GetEntryPoint(CancellationToken.None)?.ContainingType.MetadataName,
            Files = files.Files,
            Sources = [.. sources.Select(tree => tree.FilePath).Distinct()],
            References = references.Resolved,
            Warnings = ScriptDiagnostics.Lines(result.Diagnostics, DiagnosticSeverity.Warning),
        };
        return new CompileResult(script with { BlockingCall = BlockingCalls.Find(script.Image) }, []);
    }

    /// <summary>A submission without any code fails without an error.</summary>
    private static CompileResult Failed(string path, IReadOnlyList<string> errors) =>
        new(null, errors.Count > 0 ? errors : [ScriptMessage.Error(path, ScriptErrors.NoHooks, ScriptErrors.NoHooksInScript)]);
}
