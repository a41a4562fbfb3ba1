using ScriptProxy.Engine;
using ScriptProxy.Scripting.Settings;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private const string Script = """
        record Options { [Option("Tag to add.")] public string Tag { get; init; } = "default"; [Option("Number.", Max = 9)] public int Number { get; init; } }
        Options options = new();
        void OnLoad(AddonContext context) { context.State.Set("loads", context.State.GetOrAdd("loads", () => 0) + 1); if (options.Tag == "throw") throw new InvalidOperationException("no"); loads = context.State.GetOrAdd("loads", () => 0); }
        int loads;
        void OnRequest(HttpFlow flow) => flow.Tags.Add($"{options.Tag}{loads}");
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ChangedFile_ReloadsTheAddonsItChanges_InOneGeneration()
    {
        await using var run = await StartAsync("addons:\n  a: {tag: a}\n  b: {tag: b}\n");
        Assert.Equal("a1 b1 default1", await run.FlowAsync());

        await SaveAsync(run, "addons:\n  a: {tag: x}\n  b: {tag: y}\n");

        Assert.Equal("default1 x2 y2", await run.FlowAsync());
        Assert.Equal(2, run.Generations.Current.Number);
        Assert.Contains(run.Log.Lines, line => line.StartsWith("Information: Options changed for a.csx, b.csx (generation 2, ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("addons:\n  a: {tag: x}\n  b: {tag: throw}\n", "b.csx(3): InvalidOperationException: no (in OnLoad)")]
    [InlineData("addons:\n  a: {tag: x}\n  b: {number: 10}\n", "(3,15): addons.b.number \"10\": expected 9 or less.")]
    [InlineData("addons:\n  a: {tag: x}\n  b: {tg: y}\n", "(3,7): addons.b.tg: there is no 'tg'; did you mean 'tag'?")]
    [InlineData("addons: [a]\n", ": addons: expected the names of addons with their options below.")]
    [InlineData("addons: {a: [\n", "not YAML: ")]
    public async Task WrongFile_ChangesNothing(string yaml, string problem)
    {
        await using var run = await StartAsync("addons:\n  a: {tag: a}\n  b: {tag: b}\n");

        await SaveAsync(run, yaml);

        Assert.Contains(problem, Assert.Single(run.Log.Errors), StringComparison.Ordinal);
        Assert.Contains("Warning: Options were not changed; those that run stay", run.Log.Lines);
        Assert.Equal(1, run.Generations.Current.Number);
        Assert.StartsWith("a1 b1 default", await run.FlowAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileMadeRightAgain_IsLive()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}}");
        await SaveAsync(run, "addons: {a: {number: x}}");

        await SaveAsync(run, "addons: {a: {tag: right}}");

        Assert.Contains("right2", await run.FlowAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatSaysTheSameInOtherWords_ReloadsNothing()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}}");

        await SaveAsync(run, "# a comment\naddons:\n  a:\n    tag: 'a'\n");

        Assert.Equal(1, run.Generations.Current.Number);
        Assert.Empty(run.Log.Warnings);
    }

    [Fact]
    public async Task SectionOfAnAddonThatIsNotLoaded_IsWarnedOf()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}, other: {tag: b}}");

        Assert.EndsWith("addons.other: no addon 'other' is loaded. Loaded: a, b, c.", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatIsGone_LeavesItsOptions()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}}");

        File.Delete(_folder.PathOf("scriptproxy.yaml"));
        await run.PollAsync();

        Assert.Equal("Warning: gone", Assert.Single(run.Log.Warnings));
        Assert.Contains("a1", await run.FlowAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatAppears_IsLive()
    {
        await using var run = await StartAsync(null);

        await SaveAsync(run, "addons: {a: {tag: new}}");

        Assert.Contains("new2", await run.FlowAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HugeFile_ChangesNothing()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}}");

        await SaveAsync(run, new string('#', ConfigurationFile.LargestBytes + 1));

        Assert.EndsWith("longer than 1 MB, which no configuration is.", Assert.Single(run.Log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScriptThatFailedForItsOptions_IsTriedAgain()
    {
        await using var run = await StartAsync("addons: {a: {tag: a}}");
        _folder.Write("a.csx", Script.Replace("string Tag", "string Word", StringComparison.Ordinal).Replace("options.Tag", "options.Word", StringComparison.Ordinal));
        await run.PollAsync();
        Assert.Single(run.Log.Errors);

        await SaveAsync(run, "addons: {a: {word: b}}");

        Assert.Contains("b2", await run.FlowAsync(), StringComparison.Ordinal);
    }

    private async Task SaveAsync(ScriptRun run, string yaml)
    {
        _folder.Write("scriptproxy.yaml", yaml);
        await run.PollAsync();
    }

    private Task<ScriptRun> StartAsync(string? yaml)
    {
        var path = _folder.PathOf("scriptproxy.yaml");
        if (yaml is not null) _folder.Write("scriptproxy.yaml", yaml);
        var file = new SettingsFile(path, Accept);
        return ScriptRun.StartAsync(new ScriptOptions
        {
            Scripts = [_folder.Write("a.csx", Script), _folder.Write("b.csx", Script), _folder.Write("c.csx", Script)],
            AddonsDirectory = null,
            SettingsFile = file,
            Settings = Accept(yaml is null ? null : ConfigurationFile.Read(path)).Settings,
        });
    }

    private static SettingsChange Accept(ConfigurationFile? file)
    {
        var problems = new List<string>();
        var settings = AddonSettings.Of(file, [], _ => null, problems);
        return file is null ? new SettingsChange(null, [], ["gone"]) : new SettingsChange(problems.Count == 0 ? settings : null, problems, []);
    }
}
