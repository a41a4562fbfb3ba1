using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>An expression of C# about a flow, such as <c>flow.Response.StatusCode >= 500</c>, compiled as scripts are.</summary>
internal static class FlowExpression
{
    /// <summary>Compiles an expression. It stays in memory.</summary>
    /// <param name="text">The expression; it sees the flow as "flow", and is a bool.</param>
    /// <param name="place">What messages call it, such as --where.</param>
    /// <param name="cacheDirectory">Absolute folder of compiled scripts; null for none.</param>
    /// <exception cref="ScriptLoadException">It is none. Each line names column and problem; the first is followed by the expression with a caret.</exception>
    public static async Task<Func<HttpFlow, bool>> CompileAsync(string text, string place, string? cacheDirectory)
    {
        // Only a name: what it stands for is never read from disk.
        var path = Path.Combine(Path.GetTempPath(), $"scriptproxy-{place.Trim('-')}.csx");
        var files = new FileSnapshot();
        files.Add(path, System.Text.Encoding.UTF8.GetBytes($"return (Func<HttpFlow, bool>)(flow =>\n#line 1 \"{place}\"\n{OneLine(text)}\n);"));
        var compiler = new CachingCompiler(cacheDirectory is null ? null : new CompileCache(cacheDirectory, debug: false, NullLogger.Instance, TimeProvider.System), debug: false);
        var result = await compiler.CompileAsync(path, files);
        await compiler.Stored;
        if (result.Script is not { } script) throw new ScriptLoadException(Explain(text, place, result.Errors));
        var (_, returned) = await ScriptLoader.RunTopLevelAsync(script.CreateContext().LoadAddon().GetType(script.SubmissionType!, throwOnError: true)!);
        return (Func<HttpFlow, bool>)returned!;
    }

    // Else what follows a line break, or a comment, would have columns of its own.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static IReadOnlyList<string> Explain(string text, string place, IReadOnlyList<string> errors)
    {
        var first = errors[0];
        var prefix = place + "(1,";
        var at = first.IndexOf(prefix, StringComparison.Ordinal);
        if (at < 0 || !int.TryParse(first.AsSpan(at + prefix.Length, first.IndexOf(')', at) - at - prefix.Length), out var column)) return errors;
        return [first[at..], "    " + OneLine(text), "    " + new string(' ', column - 1) + "^"];
    }
}
