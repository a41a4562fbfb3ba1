using ScriptProxy.Engine;
using ScriptProxy.Scripting.Settings;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

public sealed class ShippedAddonsTests : IDisposable
{
    private const string Script = """
        record Options { [Option("Tag to add.")] public string Tag { get; init; } = "default"; }
        Options options = new();
        void OnRequest(HttpFlow flow) => flow.Tags.Add(options.Tag);
        """;

    private readonly ScriptFolder _folder = new();

    public ShippedAddonsTests()
    {
        _folder.Write("shipped/red-one.csx", Script);
        _folder.Write("shipped/blue.csx", Script);
        _folder.Write("scripts/mine.csx", """void OnRequest(HttpFlow flow) => flow.Tags.Add("mine");""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task NothingSet_LoadsNone()
    {
        await using var run = await ScriptRun.StartAsync(Options());

        Assert.Equal(["mine.csx"], run.Scripts.Loaded.Select(script => script.Name));
        Assert.Equal(["blue", "red-one"], run.Scripts.Inert);
    }

    [Fact]
    public async Task AddonWithoutOptions_IsNotEvenCompiled()
    {
        _folder.Write("shipped/blue.csx", "this is no C#");

        await using var run = await ScriptRun.StartAsync(Options("red-one.tag=red"));

        Assert.Equal("mine red", await run.FlowAsync());
    }

    [Fact]
    public async Task OptionSet_LoadsThatOneAfterTheUsers()
    {
        await using var run = await ScriptRun.StartAsync(Options("red-one.tag=red"));

        Assert.Equal(["mine.csx", "red-one.csx"], run.Scripts.Loaded.Select(script => script.Name));
        Assert.Equal(["blue"], run.Scripts.Inert);
    }

    [Fact]
    public async Task VariableSet_LoadsIt()
    {
        var settings = AddonSettings.Of(null, [], name => name == "SCRIPTPROXY_RED_ONE_TAG" ? "red" : null, [], "SCRIPTPROXY_RED_ONE_TAG", "SCRIPTPROXY_BLUE_TAG");
        await using var run = await ScriptRun.StartAsync(Options() with { Settings = settings });

        Assert.Equal("mine red", await run.FlowAsync());
    }

    [Fact]
    public async Task AddonLeftOut_IsUnknown()
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => ScriptRun.StartAsync(Options("blue.tag=red") with { WithoutShipped = ["Blue"] }));

        Assert.StartsWith("--set blue.tag: no addon 'blue' is loaded", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MisspeltName_IsGuessed()
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => ScriptRun.StartAsync(Options("red-oen.tag=red")));

        Assert.Equal("--set red-oen.tag: no addon 'red-oen' is loaded; did you mean 'red-one'?", Assert.Single(exception.Errors));
    }

    [Fact]
    public async Task ScriptOfTheSameName_TakesItsPlace()
    {
        var own = _folder.Write("own/blue.csx", Script.Replace("options.Tag", "\"own \" + options.Tag", StringComparison.Ordinal));
        await using var run = await ScriptRun.StartAsync(Options("blue.tag=x") with { Scripts = [own] });

        Assert.Equal("mine own x", await run.FlowAsync());
    }

    [Fact]
    public async Task CopyInTheAddonsFolder_IsNotTheUsers_UntilItIsChanged()
    {
        _folder.Write("scripts/blue.csx", Script);
        await using var run = await ScriptRun.StartAsync(Options("blue.tag=x"));
        await run.PollAsync();
        Assert.Equal(["mine.csx", "blue.csx"], run.Scripts.Loaded.Select(script => script.Name));
        Assert.Equal("mine x", await run.FlowAsync());

        _folder.Write("scripts/blue.csx", Script.Replace("options.Tag)", "\"changed \" + options.Tag)", StringComparison.Ordinal));
        await run.PollAsync();

        Assert.Equal("changed x mine", await run.FlowAsync());
        Assert.Equal(2, run.Scripts.Loaded.Count);
    }

    [Fact]
    public async Task FileThatBeginsOrEndsToNameIt_LoadsOrUnloadsIt()
    {
        await using var run = await StartWithFileAsync("addons: {red-one: {tag: red}}");
        Assert.Equal("mine red", await run.FlowAsync());

        _folder.Write("scriptproxy.yaml", "addons: {blue: {tag: blue}}");
        await run.PollAsync();

        Assert.Equal("blue mine", await run.FlowAsync());
        Assert.Equal(2, run.Generations.Current.Number);
        Assert.Equal(["red-one"], run.Scripts.Inert);
    }

    [Fact]
    public async Task WrongValueInTheFile_LoadsNothing()
    {
        await using var run = await StartWithFileAsync("addons: {red-one: {tag: red}}");

        _folder.Write("scriptproxy.yaml", "addons: {red-one: {tag: green}, blue: {tga: blue}}");
        await run.PollAsync();

        Assert.Equal("mine red", await run.FlowAsync());
        Assert.Contains("addons.blue.tga: there is no 'tga'; did you mean 'tag'?", Assert.Single(run.Log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfRules_IsLiveWhenSaved_AndAWrongOneIsNot()
    {
        var rules = _folder.Write("rules.yaml", "- {tag: one}\n- {tag: two}\n");
        _folder.Write("shipped/rules.csx", """
            record Rule { public required string Tag { get; init; } }
            record Options { [Option("Rules.")] public Rule[] Rules { get; init; } = []; }
            Options options = new();
            void OnRequest(HttpFlow flow) { foreach (var rule in options.Rules) flow.Tags.Add(rule.Tag); }
            """);
        await using var run = await ScriptRun.StartAsync(Options($"rules.rules=@{rules}"));
        Assert.Equal("mine one two", await run.FlowAsync());

        _folder.Write("rules.yaml", "- {tag: three}\n- {tga: two}\n");
        await run.PollAsync();
        Assert.Equal("mine one two", await run.FlowAsync());
        Assert.Contains(run.Log.Errors, line => line.Contains("rules.yaml(2,4): [1].tga: there is no 'tga'", StringComparison.Ordinal));

        _folder.Write("rules.yaml", "- {tag: three}\n");
        await run.PollAsync();
        Assert.Equal("mine three", await run.FlowAsync());
    }

    private ScriptOptions Options(params string[] set) => new() { AddonsDirectory = _folder.PathOf("scripts"), ShippedDirectory = _folder.PathOf("shipped"), Set = set };

    private Task<ScriptRun> StartWithFileAsync(string yaml)
    {
        var path = _folder.Write("scriptproxy.yaml", yaml);
        AddonSettings Read(ConfigurationFile? file) => AddonSettings.Of(file, [], _ => null, []);
        return ScriptRun.StartAsync(Options() with
        {
            Settings = Read(ConfigurationFile.Read(path)),
            SettingsFile = new SettingsFile(path, file => new SettingsChange(Read(file), [], [])),
        });
    }
}
