using System.Text;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Packages;

/// <summary>The "#:" lines at the top of a single-file .cs, read without the compiler: whether it needs packages has to be known before any is loaded.</summary>
internal sealed record FileHeader
{
    /// <summary>Packages other than the contract; the version is null when none is named.</summary>
    public required IReadOnlyList<(string Name, string? Version)> Packages { get; init; }

    /// <summary>Build properties in order.</summary>
    public required IReadOnlyList<(string Name, string Value)> Properties { get; init; }

    /// <summary>The first SDK named, such as "Microsoft.NET.Sdk.Web"; null for the usual one.</summary>
    public required string? Sdk { get; init; }

    /// <summary>Full paths of the file and those it includes.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Reads the header of a file (absolute path); what it includes is read as well.</summary>
    public static FileHeader Read(string path, FileSnapshot files)
    {
        var directives = Directives(path, files).ToList();
        var sources = new List<string> { path };
        for (var next = 0; next < sources.Count; next++)
        {
            foreach (var (word, argument) in Directives(sources[next], files))
            {
                if (word == "include" && Directive.FullPath(argument, sources[next], ".") is { } included && !sources.Contains(included)) sources.Add(included);
            }
        }

        return new FileHeader
        {
            Packages = [.. directives.Where(line => line.Word == "package").Select(line => Split(line.Argument, '@')).Where(package => !Directive.IsContract(package.Name))],
            Properties = [.. directives.Where(line => line.Word == "property").Select(line => Split(line.Argument, '=')).Select(property => (property.Name, property.Value ?? ""))],
            Sdk = directives.Where(line => line.Word == "sdk").Select(line => line.Argument.Replace('@', '/')).FirstOrDefault(),
            Sources = sources,
        };
    }

    /// <summary>Directives stand before the first code; comments and empty lines may come between.</summary>
    private static IEnumerable<(string Word, string Argument)> Directives(string path, FileSnapshot files)
    {
        if (files.Read(path) is not { } content) yield break;
        using var reader = new StreamReader(new MemoryStream(content, writable: false), Encoding.UTF8);
        while (reader.ReadLine()?.Trim() is { } line)
        {
            if (line.StartsWith("#:", StringComparison.Ordinal))
            {
                var directive = line[2..].Trim();
                var space = directive.IndexOf(' ', StringComparison.Ordinal);
                yield return space < 0 ? (directive, "") : (directive[..space], directive[space..].Trim());
            }
            else if (line.Length > 0 && !line.StartsWith("#!", StringComparison.Ordinal) && !line.StartsWith("//", StringComparison.Ordinal))
            {
                yield break;
            }
        }
    }

    private static (string Name, string? Value) Split(string text, char separator)
    {
        var position = text.IndexOf(separator, StringComparison.Ordinal);
        return position < 0 ? (text.Trim(), null) : (text[..position].Trim(), text[(position + 1)..].Trim());
    }
}
