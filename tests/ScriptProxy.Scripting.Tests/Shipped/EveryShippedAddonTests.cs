using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed partial class EveryShippedAddonTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public static TheoryData<string> Names => [.. ShippedScripts.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Addon_CompilesAndBindsWithoutAWarning(string name)
    {
        var script = Scripts.Compiled(ShippedScripts.PathOf(name));
        var (addon, warnings) = await Scripts.LoadAsync(ShippedScripts.PathOf(name));
        using var disposal = addon;

        Assert.NotEmpty(addon.HookNames);
        Assert.Empty(script.Warnings);
        Assert.Empty(warnings);

        // go-modules looks into zip files, which .NET reads by blocking calls alone.
        if (name != "go-modules") Assert.Null(script.BlockingCall);
    }

    /// <summary>map-local.csx has MapLocalTests, beside this file.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Addon_HasTests(string name)
    {
        var expected = $"{GetType().Namespace}.{name.Replace("-", "", StringComparison.Ordinal)}Tests";

        var tests = GetType().Assembly.GetType(expected, throwOnError: false, ignoreCase: true);

        Assert.True(tests is not null, $"addons/{name}.csx needs a class {expected}.");
        Assert.Contains(tests.GetMethods(), method => method.IsDefined(typeof(FactAttribute), inherit: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Addon_SaysWhatItIsForAndHowToUseIt(string name)
    {
        var lines = await File.ReadAllLinesAsync(ShippedScripts.PathOf(name));

        Assert.StartsWith($"// {name}.csx - ", lines[0], StringComparison.Ordinal);
        Assert.Contains($"scriptproxy --set {name}.", lines[2], StringComparison.Ordinal);
    }

    /// <summary>Whatever a page shows as scriptproxy.yaml, and every command line with --set, is taken without a complaint.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task PageOfTheAddon_ShowsWhatWorks(string name)
    {
        var page = (await File.ReadAllTextAsync(Path.Combine(ShippedScripts.Root, "docs", "addons", name + ".md"))).ReplaceLineEndings("\n");
        var blocks = FencedBlock().Matches(page);
        foreach (Match block in blocks.Where(block => block.Groups["name"].Length > 0)) _folder.Write(block.Groups["name"].Value, block.Groups["text"].Value);

        var yaml = blocks.Where(block => block.Groups["name"].Length == 0 && block.Groups["language"].Value == "yaml").Select(block => block.Groups["text"].Value).ToList();
        var commands = Command().Matches(page).Select(command => Set().Matches(command.Value).Select(set => set.Groups["option"].Value + set.Groups["value"].Value).ToArray()).ToList();
        Assert.NotEmpty(yaml);
        Assert.NotEmpty(commands);
        foreach (var text in yaml) await CheckAsync(name, text, []);
        foreach (var command in commands) await CheckAsync(name, null, command);
    }

    [Fact]
    public async Task Overview_ListsEveryAddonWithItsHooks()
    {
        var overview = await File.ReadAllTextAsync(Path.Combine(ShippedScripts.Root, "docs", "addons", "README.md"));
        foreach (var name in ShippedScripts.Names)
        {
            var (addon, _) = await Scripts.LoadAsync(ShippedScripts.PathOf(name));
            using var disposal = addon;
            var row = Regex.Match(overview, $@"^\| \[{name}\]\({name}\.md\) \|.*\|(?<hooks>[^|]*)\|$", RegexOptions.Multiline);

            Assert.True(row.Success, $"docs/addons/README.md has no row for {name}.");
            Assert.All(addon.HookNames, hook => Assert.Contains(hook, row.Groups["hooks"].Value, StringComparison.Ordinal));
        }
    }

    private async Task CheckAsync(string name, string? yaml, string[] set)
    {
        var problems = new List<string>();
        var file = yaml is null ? null : ConfigurationFile.Read(_folder.Write("scriptproxy.yaml", yaml));

        // What a command line names lies in the working directory; here, in the folder.
        set = [.. set.Select(option => option.Replace("=@", "=@" + _folder.Root + "/", StringComparison.Ordinal).Replace("|./", $"|{_folder.Root}/", StringComparison.Ordinal))];
        var settings = AddonSettings.Of(file, set, _ => null, problems);
        var options = new ScriptOptions { AddonsDirectory = null, ShippedDirectory = ShippedScripts.Folder, Settings = settings };
        var check = await ScriptHost.CheckAsync(options, TimeSpan.FromSeconds(30), NullLoggerFactory.Instance, CancellationToken.None);

        Assert.Empty(problems.Concat(check.Errors).Concat(check.Warnings));
        Assert.Contains(check.Scripts, script => script.Name == name + ".csx");
    }

    /// <summary>A block, and the file it stands for where its first line says so: "# mocks.yaml".</summary>
    [GeneratedRegex(@"^```(?<language>\w+)\n(?:(?:# |<!-- |// )(?!scriptproxy\.yaml)(?<name>[\w./-]+\.\w+)(?: -->)?\n)?(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FencedBlock();

    [GeneratedRegex(@"^    scriptproxy .*--set .*(?:\\\n.*)*$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"--set (?<option>[\w.-]+=?)(?:'(?<value>[^']*)'|(?<value>[^\s']*))")]
    private static partial Regex Set();
}
