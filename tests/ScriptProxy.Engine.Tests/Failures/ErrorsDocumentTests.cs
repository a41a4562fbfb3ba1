using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Tests.Failures;

/// <summary>docs/errors.md says what happens, and all that happens.</summary>
public sealed partial class ErrorsDocumentTests
{
    private static readonly string Repository = FindRepository();

    [Fact]
    public void EveryFailureThatIsTested_StandsThereAsTested()
    {
        var rows = Rows().Where(cells => cells.Length == 5).ToDictionary(cells => cells[0], StringComparer.Ordinal);

        foreach (var failure in Failure.All)
        {
            Assert.True(rows.TryGetValue(failure.Name, out var cells), $"docs/errors.md has no row \"{failure.Name}\".");
            Assert.Equal((failure.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), $"`{failure.Error}`"), (cells[1], cells[2]));
        }
    }

    [Fact]
    public void EveryErrorType_StandsThere_AndNoOther()
    {
        var source = Directory.EnumerateFiles(Path.Combine(Repository, "src", "ScriptProxy.Engine"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal));
        var used = source.SelectMany(file => TypeInCode().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        var documented = Rows().SelectMany(cells => cells[2].Split(',', StringSplitOptions.TrimEntries)).Select(type => type.Trim('`')).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(used);
        Assert.Equal(used.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string[]> Rows() =>
        from line in File.ReadLines(Path.Combine(Repository, "docs", "errors.md"))
        where line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`', StringComparison.Ordinal)
        select line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries);

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    /// <summary>new("dns_error", 502, … and new FlowError("dns_error", …, and Type = "…" where one is changed.</summary>
    [GeneratedRegex("""(?:new(?: FlowError)?\(|Type = )"([a-z]+(?:_[a-z]+)+)"(?=,)""")]
    private static partial Regex TypeInCode();
}
