using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>
/// The "#:" lines of a single-file .cs, which the SDK and editors read. Honoured: include. Accepted without effect: property, sdk, and
/// the package of the contract. Anything else would be missing at run time and is an error.
/// </summary>
internal sealed class FileDirectives(FileSnapshot files, CSharpParseOptions parseOptions)
{
    private readonly List<SyntaxTree> _trees = [];
    private readonly List<string> _errors = [];

    /// <summary>The file and those it includes, each once.</summary>
    public IReadOnlyList<SyntaxTree> Trees => _trees;

    /// <summary>Ready-made lines.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Adds a file and what it includes.</summary>
    public void Add(string path, byte[] content)
    {
        if (_trees.Any(tree => tree.FilePath == path)) return;
        var tree = CSharpSyntaxTree.ParseText(SourceResolver.ToText(content), parseOptions, path);
        _trees.Add(tree);
        foreach (var trivia in tree.GetRoot().GetLeadingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.IgnoredDirectiveTrivia)))
        {
            var position = trivia.GetLocation().GetLineSpan().StartLinePosition;
            if (Follow(path, trivia.ToString()["#:".Length..].Trim()) is var (id, message))
                _errors.Add(ScriptMessage.Line(path, position.Line + 1, position.Character + 1, "error", id, message));
        }
    }

    private (string Id, string Message)? Follow(string path, string directive)
    {
        var space = directive.IndexOf(' ', StringComparison.Ordinal);
        var (word, argument) = space < 0 ? (directive, "") : (directive[..space], directive[space..].Trim());
        switch (word)
        {
            case "property" or "sdk":
                return null;
            case "package":
                return Directive.IsContract(argument.Split('@')[0]) ? null : (ScriptErrors.Package, ScriptErrors.PackageMessage(argument));
            case "include":
                if (Directive.FullPath(argument, path, ".") is not { } included)
                    return (ScriptErrors.UnknownDirective, "#:include needs a file.");
                if (files.Read(included) is not { } content)
                    return (ScriptErrors.Unreadable, $"{ScriptMessage.Shown(included)}: {files.Problem(included)}");
                Add(included, content);
                return null;
            default:
                return (ScriptErrors.UnknownDirective, $"'#:{directive}' has no effect in a script. Known: #:package, #:property, #:sdk, #:include.");
        }
    }
}
