using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

public sealed class HotReloadTests : IDisposable
{
    private const string One = "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"one\");";
    private const string Two = "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"number two\");";

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SavedScript_IsLive()
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", One));
        Assert.Equal("one", await run.FlowAsync());

        _folder.Write("mask.csx", Two);
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
        Assert.Contains(run.Log.Lines, line => line.StartsWith("Information: mask.csx was replaced (generation 2, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AtomicallySavedScript_IsLive()
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", One));

        _folder.Replace("mask.csx", Two);
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task SwappedConfigMap_IsLive()
    {
        _folder.Write("..2024/mask.csx", One);
        _folder.Write("..2025/mask.csx", Two);
        Directory.CreateSymbolicLink(_folder.PathOf("..data"), "..2024");
        var path = File.CreateSymbolicLink(_folder.PathOf("mask.csx"), "..data/mask.csx").FullName;
        await using var run = await ScriptRun.StartAsync(path);

        Directory.Delete(_folder.PathOf("..data"));
        Directory.CreateSymbolicLink(_folder.PathOf("..data"), "..2025");
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task TouchedScript_IsNotReplaced()
    {
        var path = _folder.Write("mask.csx", One);
        await using var run = await ScriptRun.StartAsync(path);

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        await run.PollAsync();
        await run.PollAsync();

        Assert.Equal(1, run.Generations.Current.Number);
    }

    [Fact]
    public async Task SavedLibrary_ReplacesItsScript()
    {
        _folder.Write("lib.csx", "string Name() => \"one\";");
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Name());"));

        _folder.Write("lib.csx", "string Name() => \"number two\";");
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task RebuiltDll_ReplacesItsScript()
    {
        Libraries.Build(_folder.PathOf("Lib.dll"), "public static class Lib { public static string Name => \"one\"; }");
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", "#r \"Lib.dll\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Lib.Name);"));

        Libraries.Build(_folder.PathOf("Lib.dll"), "public static class Lib { public static string Name => \"number two\"; }");
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task LibraryNoLongerLoaded_IsNoLongerWatched()
    {
        _folder.Write("lib.csx", "string Name() => \"one\";");
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Name());"));
        _folder.Write("mask.csx", Two);
        await run.PollAsync();

        _folder.Write("lib.csx", "this is no C#");
        await run.PollAsync();

        Assert.Equal(2, run.Generations.Current.Number);
        Assert.Empty(run.Log.Errors);
    }

    [Theory]
    [InlineData("void OnRequest(HttpFlow flow) => missing();", "(1,34): error CS0103: The name 'missing' does not exist in the current context")]
    [InlineData("#load \"none.csx\"\nvoid OnRequest(HttpFlow flow) { }", "(1,7): error CS1504: ")]
    [InlineData("void OnRequest(string text) { }", "(1,31): error SP1002: ")]
    [InlineData("var x = 1;", ": error SP1004: no hooks found.")]
    [InlineData("void OnRequest(HttpFlow flow) { }\nint.Parse(\"x\");", "mask.csx(2): FormatException: The input string 'x' was not in a correct format. (in top-level code)")]
    [InlineData("void OnLoad() => int.Parse(\"x\");", "mask.csx(1): FormatException: The input string 'x' was not in a correct format. (in OnLoad)")]
    [InlineData("async Task OnLoad(AddonContext context) { await Task.Yield(); throw new InvalidOperationException(\"no\"); }", "mask.csx(1): InvalidOperationException: no (in OnLoad)")]
    [InlineData("async Task OnLoad() => await Task.Delay(Timeout.Infinite);", "mask.csx: not finished after 5 s (in OnLoad)")]
    [InlineData("void OnLoad() => Thread.Sleep(10_000);", "mask.csx: not finished after 5 s (in OnLoad)")]
    [InlineData("await Task.Delay(Timeout.Infinite);", ": top-level code did not finish within 5 s")]
    public async Task VersionThatFails_LeavesTheRunningOne(string script, string problem)
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", One), hookTimeout: TimeSpan.FromSeconds(5));

        _folder.Write("mask.csx", script);
        await run.PollAsync();

        Assert.Contains(problem, Assert.Single(run.Log.Errors), StringComparison.Ordinal);
        Assert.Equal("Warning: mask.csx was not replaced; its running version (generation 1) stays", run.Log.Warnings[^1]);
        Assert.Equal("one", await run.FlowAsync());

        _folder.Write("mask.csx", Two);
        await run.PollAsync();
        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task FailedVersion_IsTriedOnlyOnce()
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", One));

        _folder.Write("mask.csx", "this is no C#");
        await run.PollAsync();
        var problems = run.Log.Errors.Count;
        await run.PollAsync();
        await run.PollAsync();

        Assert.NotEqual(0, problems);
        Assert.Equal(problems, run.Log.Errors.Count);
    }

    [Fact]
    public async Task FileThatWasMissing_HealsTheScriptWhenItComes()
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", One));
        _folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Name());");
        await run.PollAsync();

        _folder.Write("lib.csx", "string Name() => \"healed\";");
        await run.PollAsync();

        Assert.Equal("healed", await run.FlowAsync());
    }

    [Fact]
    public async Task RemovedNamedScript_KeepsRunningAndComesBack()
    {
        var path = _folder.Write("mask.csx", One);
        await using var run = await ScriptRun.StartAsync(path);

        File.Delete(path);
        await run.PollAsync();
        await run.PollAsync();
        Assert.Equal("one", await run.FlowAsync());
        Assert.Equal([$"Warning: {ScriptMessage.Shown(path)}: the file is gone; its running version (generation 1) stays"], run.Log.Warnings);

        _folder.Write("mask.csx", One);
        await run.PollAsync();
        Assert.Equal(1, run.Generations.Current.Number);

        _folder.Write("mask.csx", Two);
        await run.PollAsync();
        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task FlowUnderWay_StaysOnItsVersion()
    {
        const string Script = "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"VERSION request\");\nvoid OnResponse(HttpFlow flow) => flow.Tags.Add(\"VERSION response\");";
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", Script.Replace("VERSION", "old", StringComparison.Ordinal)));
        var flow = new TestFlow();
        using (var lease = run.Generations.Lease())
        {
            await lease.Generation.Request.RunAsync(flow);
            _folder.Write("mask.csx", Script.Replace("VERSION", "brand new", StringComparison.Ordinal));
            await run.PollAsync();
            Assert.Equal("brand new request brand new response", await run.FlowAsync());

            await lease.Generation.Response.RunAsync(flow);
        }

        Assert.Equal(["old request", "old response"], flow.Tags);
    }

    [Fact]
    public async Task State_SurvivesReload()
    {
        const string Script = """
            ConcurrentDictionary<string, int> seen = null!;
            void OnLoad(AddonContext context) => seen = context.State.GetOrAdd("seen", () => new ConcurrentDictionary<string, int>());
            void OnRequest(HttpFlow flow) => flow.Tags.Add($"{seen.AddOrUpdate("flows", 1, (_, before) => before + 1)}");
            """;
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", "using System.Collections.Concurrent;\n" + Script));
        Assert.Equal("1", await run.FlowAsync());

        _folder.Write("mask.csx", "using System.Collections.Concurrent;\n" + Script + "\n// saved");
        await run.PollAsync();

        Assert.Equal(2, run.Generations.Current.Number);
        Assert.Equal("2", await run.FlowAsync());
    }

    [Fact]
    public async Task ReplacedVersion_IsToldToStopAndUnloads()
    {
        var marks = _folder.PathOf("marks");
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", $$"""
            void OnLoad(AddonContext context) => context.Stopping.Register(() => File.AppendAllText("{{marks}}", "stopping "));
            void OnUnload() => File.AppendAllText("{{marks}}", "unloaded");
            """));

        using (run.Generations.Lease())
        {
            _folder.Write("mask.csx", Two);
            await run.PollAsync();
            Assert.False(File.Exists(marks));
        }

        await Eventually.HoldsAsync(() => run.Generations.Retiring == 0);
        Assert.Equal("stopping unloaded", File.ReadAllText(marks));
    }

    [Fact]
    public async Task Reload_LeavesOtherScriptsAlone()
    {
        var other = _folder.Write("other.csx", "int loads = 0; void OnLoad() => loads++; void OnRequest(HttpFlow flow) => flow.Tags.Add($\"other {loads}\");");
        await using var run = await ScriptRun.StartAsync(new ScriptOptions { Scripts = [_folder.Write("mask.csx", One), other], AddonsDirectory = null });
        var before = run.Generations.Current.Addons[1];

        _folder.Write("mask.csx", Two);
        await run.PollAsync();

        Assert.Equal("number two other 1", await run.FlowAsync());
        Assert.Same(before, run.Generations.Current.Addons[1]);
        Assert.Equal([2, 1], run.Scripts.Loaded.Select(script => script.Generation));
    }

    [Fact]
    public async Task Host_SeesSavedScriptByItself()
    {
        var path = _folder.Write("mask.csx", One);
        await using var run = new ScriptRun(new ScriptOptions());
        await using var host = new ScriptHost(run.Generations, new ScriptOptions { Scripts = [path], AddonsDirectory = null }, run.Log);
        await host.LoadAsync(CancellationToken.None);
        host.StartWatching();

        _folder.Write("mask.csx", Two);
        await Eventually.HoldsAsync(() => host.Loaded[0].Generation == 2, () => string.Join('\n', run.Log.Lines));

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task DisposedHost_LeavesAddonsLive()
    {
        await using var run = new ScriptRun(new ScriptOptions());
        var host = new ScriptHost(run.Generations, new ScriptOptions { Scripts = [_folder.Write("mask.csx", One)], AddonsDirectory = null }, run.Log);
        await host.LoadAsync(CancellationToken.None);
        host.StartWatching();

        await host.DisposeAsync();

        Assert.Equal("one", await run.FlowAsync());
    }
}
