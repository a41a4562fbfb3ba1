using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Settings;

public sealed class ScriptOptionsTests : IDisposable
{
    private const string Variable = """
        record Options { [Option("Tag to add.")] public string Tag { get; init; } = "default"; [Option("Twice.")] public bool Twice { get; init; } }
        Options options = new();
        void OnRequest(HttpFlow flow) { flow.Tags.Add(options.Tag); if (options.Twice) flow.Tags.Add(options.Tag + "2"); }
        """;

    private const string Class = """
        public sealed record MaskOptions
        {
            [Option("Tags to add.")]
            public string[] Tags { get; init; } = ["default"];
        }

        public sealed class Mask : Addon<MaskOptions>
        {
            public override ValueTask OnLoadAsync(AddonContext context)
            {
                context.Log("loaded with " + string.Join("+", Options.Tags));
                return default;
            }

            public override ValueTask OnRequestAsync(HttpFlow flow)
            {
                foreach (var tag in Options.Tags) flow.Tags.Add(tag);
                return default;
            }
        }
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Variable_HoldsDefaults()
    {
        await using var run = await StartAsync("tag.csx", Variable);

        Assert.Equal("default", await run.FlowAsync());
    }

    [Fact]
    public async Task Variable_IsSet()
    {
        await using var run = await StartAsync("tag.csx", Variable, "tag.tag=blue", "tag.twice");

        Assert.Equal("blue blue2", await run.FlowAsync());
    }

    [Fact]
    public async Task VariableWithoutAValue_IsMade()
    {
        await using var run = await StartAsync("tag.csx", Variable.Replace(" = new();", ";", StringComparison.Ordinal), "tag.tag=blue");

        Assert.Equal("blue", await run.FlowAsync());
    }

    [Fact]
    public async Task ValueOfTheInitializer_IsTheDefault()
    {
        await using var run = await StartAsync("tag.csx", Variable.Replace("new();", "new() { Tag = \"mine\" };", StringComparison.Ordinal), "tag.twice");

        Assert.Equal("mine mine2", await run.FlowAsync());
    }

    [Theory]
    [InlineData("mask.csx")]
    [InlineData("mask.cs")]
    [InlineData("Mask.cs")]
    public async Task Class_IsSetBeforeOnLoad(string file)
    {
        await using var run = await StartAsync(file, Class, "mask.tags=a", "mask.tags=b");

        Assert.Equal("a b", await run.FlowAsync());
        Assert.Contains(run.Log.Lines, line => line.EndsWith("loaded with a+b", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NameThatTheClassGivesItself_IsTheNameOfItsOptions()
    {
        await using var run = await StartAsync("file.cs", Class.Replace("{\n    public override ValueTask OnLoad", "{\n    public override string Name => \"Blue Mask\";\n    public override ValueTask OnLoad", StringComparison.Ordinal), "blue-mask.tags=a");

        Assert.Equal("a", await run.FlowAsync());
    }

    [Fact]
    public async Task ReturnedInstance_KeepsWhatItWasMadeWith()
    {
        await using var run = await StartAsync("mask.csx", Class + "\nreturn new Mask { Options = new() { Tags = [\"made\"] } };");

        Assert.Equal("made", await run.FlowAsync());
    }

    [Theory]
    [InlineData("tag.tga=x", "--set tag.tga: there is no 'tga'; did you mean 'tag'?")]
    [InlineData("tag.twice=perhaps", "--set tag.twice \"perhaps\": expected true or false.")]
    [InlineData("tga.tag=x", "--set tga.tag: no addon 'tga' is loaded; did you mean 'tag'?")]
    [InlineData("tag", "--set \"tag\": expected ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.")]
    public async Task WrongSetting_StopsTheStart(string set, string problem)
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => StartAsync("tag.csx", Variable, set));

        Assert.Equal([problem], exception.Errors);
    }

    [Fact]
    public async Task OptionOfAScriptWithoutOptions_StopsTheStart()
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => StartAsync("tag.csx", "void OnRequest(HttpFlow flow) { }", "tag.tag=x"));

        Assert.Equal(["--set tag.tag: tag has no options. Remove it."], exception.Errors);
    }

    [Theory]
    [InlineData("public Stream? Tag { get; init; }", "(1,56): error SP1020: 'Tag': An option cannot be a System.IO.Stream: use ")]
    [InlineData("public string Tag => \"\";", "(1,56): error SP1020: 'Tag': An option needs a setter: String Tag { get; init; }.")]
    [InlineData("public (string, Version)[] Tag { get; init; } = [];", " error SP1020: 'Tag': An option cannot be a ")]
    public async Task PropertyThatCannotBeAnOption_IsNamedWithItsPlace(string property, string problem)
    {
        var script = $"record Options {{ [Option(\"Tag.\")] {property} }}\nOptions options = new();\nvoid OnRequest(HttpFlow flow) {{ }}";

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => StartAsync("tag.csx", script));

        Assert.Contains(problem, Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OptionsThatNothingHolds_AreWarnedOf()
    {
        await using var run = await StartAsync("tag.csx", "record Options { [Option(\"Tag.\")] public string Tag { get; init; } = \"\"; }\nvoid OnRequest(HttpFlow flow) { }");

        Assert.EndsWith("warning SP1021: nothing holds the options of 'Options', so nobody can set them. Add a variable: Options options = new();", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordsWithinOptions_AreNotWarnedOf()
    {
        const string Script = """
            record Rule { [Option("Host.")] public string Host { get; init; } = ""; }
            record Options { [Option("Rules.")] public IReadOnlyList<Rule> Rules { get; init; } = []; }
            Options options = new();
            void OnRequest(HttpFlow flow) { foreach (var rule in options.Rules) flow.Tags.Add(rule.Host); }
            """;
        await using var run = await StartAsync("tag.csx", Script, "tag.rules=[{host: a}, {host: b}]");

        Assert.Equal("a b", await run.FlowAsync());
        Assert.Empty(run.Log.Warnings);
    }

    [Fact]
    public async Task ReloadedScript_KeepsItsOptions()
    {
        await using var run = await StartAsync("tag.csx", Variable, "tag.tag=blue");

        _folder.Write("tag.csx", Variable.Replace("+ \"2\"", "+ \"two\"", StringComparison.Ordinal));
        await run.PollAsync();

        Assert.Equal(2, run.Generations.Current.Number);
        Assert.Equal("blue", await run.FlowAsync());
    }

    [Fact]
    public async Task ReloadWithoutAnOptionThatIsSet_LeavesTheRunningVersion()
    {
        await using var run = await StartAsync("tag.csx", Variable, "tag.tag=blue");

        _folder.Write("tag.csx", Variable.Replace("Tag", "Word", StringComparison.Ordinal).Replace("flow.Words", "flow.Tags", StringComparison.Ordinal));
        await run.PollAsync();

        Assert.Equal(["Error: --set tag.tag: there is no 'tag'. Known: word, twice."], run.Log.Errors);
        Assert.Equal("blue", await run.FlowAsync());
    }

    [Fact]
    public async Task Options_ArePartOfWhatUnloads()
    {
        await using var run = await StartAsync("tag.csx", Variable, "tag.tag=blue");
        for (var i = 0; i < 3; i++)
        {
            _folder.Write("tag.csx", $"{Variable}\n// {i}");
            await run.PollAsync();
        }

        await Eventually.HoldsAfterCollectionAsync(() => run.Generations.RetiredVersionsInMemory == 0, () => $"{run.Generations.RetiredVersionsInMemory} old versions are in memory.");
    }

    private Task<ScriptRun> StartAsync(string file, string script, params string[] set) =>
        ScriptRun.StartAsync(new ScriptOptions { Scripts = [_folder.Write(file, script)], AddonsDirectory = null, Set = set });
}
