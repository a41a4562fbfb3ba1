using System.Text.RegularExpressions;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Examples;

public partial class EveryExampleTests
{
    public static TheoryData<string> Names => [.. ExampleScripts.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Example_CompilesAndBindsWithoutAWarning(string name)
    {
        var path = Path.Combine(ExampleScripts.Folder, name);
        var script = Scripts.Compiled(path);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;

        Assert.NotEmpty(addon.HookNames);
        Assert.Empty(script.Warnings);
        Assert.Empty(warnings);
        Assert.Null(script.BlockingCall);
    }

    /// <summary>mask.csx has MaskTests, map-local.csx has MapLocalTests, beside this file.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Example_HasTests(string name)
    {
        var words = Path.GetFileNameWithoutExtension(name).Split('-', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]);
        var expected = $"{GetType().Namespace}.{string.Concat(words)}Tests";

        var tests = GetType().Assembly.GetType(expected, throwOnError: false, ignoreCase: true);

        Assert.True(tests is not null, $"examples/scripts/{name} needs a class {expected}.");
        Assert.Contains(tests.GetMethods(), method => method.IsDefined(typeof(FactAttribute), inherit: true));
    }

    /// <summary>Every script is a row, and every row a script.</summary>
    [Fact]
    public async Task Readme_ListsEveryExample()
    {
        var readme = await File.ReadAllLinesAsync(Path.Combine(ExampleScripts.Folder, "..", "README.md"));
        var rows = readme.Select(line => Row().Match(line)).Where(row => row.Success).ToList();

        Assert.All(rows, row => Assert.Equal(row.Groups["name"].Value, row.Groups["link"].Value));
        Assert.Equal(ExampleScripts.Names.Order(StringComparer.Ordinal), rows.Select(row => row.Groups["name"].Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Example_SaysWhatItIsForAndHowToRunIt(string name)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(ExampleScripts.Folder, name));

        Assert.StartsWith($"// {name} - ", lines[0], StringComparison.Ordinal);
        Assert.Contains($"-s examples/scripts/{name}", lines[2], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| \[(?<name>[^\]]+)\]\(scripts/(?<link>[^)]+)\) \| \S")]
    private static partial Regex Row();
}
