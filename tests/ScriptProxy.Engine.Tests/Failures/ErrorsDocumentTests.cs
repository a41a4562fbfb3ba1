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
        var used = InCode(TypeInCode()).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var documented = Rows().SelectMany(TypesOf).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(used);
        Assert.Equal(used.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryErrorWithItsStatus_StandsThere()
    {
        var documented = Rows().SelectMany(cells => TypesOf(cells).SelectMany(type => StatusesOf(cells), (type, status) => $"{status} {type}")).ToHashSet(StringComparer.Ordinal);
        var errors = InCode(ErrorInCode()).Select(match => $"{match.Groups[2].Value} {match.Groups[1].Value}");
        var refusals = InCode(RefusalInCode()).Select(match => $"{match.Groups[1].Value} http_request_error");

        Assert.NotEmpty(errors);
        Assert.NotEmpty(refusals);
        var missing = errors.Concat(refusals).Distinct(StringComparer.Ordinal).Where(error => !documented.Contains(error)).Order(StringComparer.Ordinal);

        Assert.Empty(missing);
    }

    private static IEnumerable<Match> InCode(Regex expression) =>
        from file in Directory.EnumerateFiles(Path.Combine(Repository, "src", "ScriptProxy.Engine"), "*.cs", SearchOption.AllDirectories)
        where !file.Contains("/obj/", StringComparison.Ordinal)
        from match in expression.Matches(File.ReadAllText(file))
        select match;

    private static IEnumerable<string> TypesOf(string[] cells) => cells[2].Split(',', StringSplitOptions.TrimEntries).Select(type => type.Trim('`'));

    /// <summary>"400, 408" or "none", which is 0 in code.</summary>
    private static IEnumerable<string> StatusesOf(string[] cells) => Number().Matches(cells[1].Replace("none", "0", StringComparison.Ordinal)).Select(match => match.Value);

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

    /// <summary>An error whose status stands beside it.</summary>
    [GeneratedRegex("""\("([a-z]+(?:_[a-z]+)+)", ([0-9]{1,3}),""")]
    private static partial Regex ErrorInCode();

    /// <summary>A request that is refused before it is a flow.</summary>
    [GeneratedRegex("""new(?: RequestHeadError)?\(([0-9]{3}), \$?["]""")]
    private static partial Regex RefusalInCode();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
