using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

/// <summary>A document of the repository, as far as tests need to understand it.</summary>
/// <param name="path">From the root of the repository.</param>
internal sealed partial class MarkdownFile(string path)
{
    /// <summary>All of it.</summary>
    public string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    /// <summary>The files and folders that it links to, as full paths.</summary>
    public IEnumerable<string> Links =>
        from match in Link().Matches(Text)
        let target = match.Groups[1].Value
        where !target.Contains("://", StringComparison.Ordinal)
        select Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, target));

    /// <summary>The fenced blocks below a heading, up to the next one of its level; null means everywhere.</summary>
    public IReadOnlyList<CodeBlock> Blocks(string? heading = null)
    {
        var text = Text;
        if (heading is not null)
        {
            var start = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
            Assert.True(start >= 0, $"{path} has no heading \"{heading}\".");
            var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
            text = text[start..(end < 0 ? text.Length : end)];
        }

        return [.. Fence().Matches(text).Select(match => new CodeBlock(match.Groups[1].Value, match.Groups[2].Value))];
    }

    [GeneratedRegex(@"^```([a-z]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)#\s]+)")]
    private static partial Regex Link();
}
