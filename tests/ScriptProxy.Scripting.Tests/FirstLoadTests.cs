using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

public sealed class FirstLoadTests : IDisposable
{
    private const string Good = "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"good\");";

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scripts_RunAsNamedThenTheFolderByName()
    {
        foreach (var name in new[] { "z.csx", "a.csx", "addons/y.csx", "addons/b.csx" })
            _folder.Write(name, $"void OnRequest(HttpFlow flow) => flow.Metadata[\"order\"] = $\"{{(flow.Metadata.TryGetValue(\"order\", out var order) ? order : \"\")}}{name} \";");
        await using var run = await ScriptRun.StartAsync(new ScriptOptions
        {
            Scripts = [_folder.PathOf("z.csx"), _folder.PathOf("a.csx"), _folder.PathOf("addons/y.csx")],
            AddonsDirectory = _folder.PathOf("addons"),
        });
        using var lease = run.Generations.Lease();
        var flow = new TestFlow();

        await lease.Generation.Request.RunAsync(flow);

        Assert.Equal("z.csx a.csx addons/y.csx addons/b.csx ", flow.Metadata["order"]);
        Assert.Equal(["z.csx", "a.csx", "y.csx", "b.csx"], run.Scripts.Loaded.Select(script => script.Name));
    }

    [Fact]
    public async Task Loaded_TellsWhatIsLive()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }\nvoid OnConnect(ConnectFlow connect) { }");
        await using var run = await ScriptRun.StartAsync(path);

        var script = Assert.Single(run.Scripts.Loaded);

        Assert.Equal(("mask.csx", path, 1), (script.Name, script.Path, script.Generation));
        Assert.Equal(["OnConnect", "OnRequest"], script.Hooks);
        Assert.Equal(["Information: mask.csx is live (generation 1): OnConnect, OnRequest"], run.Log.Lines);
    }

    [Fact]
    public async Task OneBrokenScript_StopsAllAndNamesEveryProblem()
    {
        var marks = _folder.PathOf("marks");
        await using var run = new ScriptRun(new ScriptOptions
        {
            Scripts =
            [
                _folder.Write("good.csx", $"void OnUnload() => File.WriteAllText(\"{marks}\", \"unloaded\");\n{Good}"),
                _folder.Write("broken.csx", "void OnRequest(HttpFlow flow) => missing();"),
                _folder.Write("failing.csx", "void OnLoad() => throw new InvalidOperationException(\"no\");"),
                _folder.PathOf("none.csx"),
            ],
            AddonsDirectory = null,
        });

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => run.Scripts.LoadAsync(CancellationToken.None));

        Assert.Equal(
            [
                $"{ScriptMessage.Shown(_folder.PathOf("broken.csx"))}(1,34): error CS0103: The name 'missing' does not exist in the current context",
                "failing.csx(1): InvalidOperationException: no (in OnLoad)",
                $"{ScriptMessage.Shown(_folder.PathOf("none.csx"))}: error SP1009: no such file.",
            ],
            exception.Errors);
        Assert.Equal(0, run.Generations.Current.Number);
        Assert.Equal("unloaded", File.ReadAllText(marks));
    }

    [Fact]
    public async Task MissingAddonsFolder_IsAnErrorWhenNamed()
    {
        await using var run = new ScriptRun(new ScriptOptions { AddonsDirectory = _folder.PathOf("none") });

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => run.Scripts.LoadAsync(CancellationToken.None));

        Assert.Equal([$"{_folder.PathOf("none")}: no such folder of addons."], exception.Errors);
    }

    [Fact]
    public async Task MissingAddonsFolder_IsFineByDefault()
    {
        await using var run = await ScriptRun.StartAsync(new ScriptOptions());

        Assert.Empty(run.Scripts.Loaded);
    }

    [Fact]
    public async Task SameFileName_IsToldApartByPath()
    {
        var (first, second) = (_folder.Write("a/mask.csx", Good), _folder.Write("b/mask.csx", Good));
        await using var run = await ScriptRun.StartAsync(new ScriptOptions { Scripts = [first, second], AddonsDirectory = null });

        Assert.Equal([ScriptMessage.Shown(first), ScriptMessage.Shown(second)], run.Scripts.Loaded.Select(script => script.Name));
    }

    [Fact]
    public async Task SameAddonName_IsRefused()
    {
        const string Class = "class Mask : Addon { public override string Name => \"Masking\"; public override ValueTask OnRequestAsync(HttpFlow flow) => default; }";
        var second = _folder.Write("b.csx", Class);
        await using var run = new ScriptRun(new ScriptOptions { Scripts = [_folder.Write("a.csx", Class), second], AddonsDirectory = null });

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => run.Scripts.LoadAsync(CancellationToken.None));

        Assert.Equal([$"{ScriptMessage.Shown(second)}: error SP1008: the name 'Masking' belongs to another loaded addon."], exception.Errors);
    }

    [Fact]
    public async Task AddonsThatAreNoScripts_StayInFront()
    {
        await using var run = new ScriptRun(new ScriptOptions { Scripts = [_folder.Write("mask.csx", Good)], AddonsDirectory = null });
        await run.Generations.SwapAsync([LoadedAddon.FromInstance(new Compiled())]);

        await run.Scripts.LoadAsync(CancellationToken.None);

        Assert.Equal([nameof(Compiled), "mask.csx"], run.Generations.Current.Addons.Select(addon => addon.Name));
        Assert.Equal("compiled good", await run.FlowAsync());
    }

    private sealed class Compiled : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            flow.Tags.Add("compiled");
            return default;
        }
    }
}
