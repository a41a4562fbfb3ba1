using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

public sealed class UnloadTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("void OnRequest(HttpFlow flow) => flow.Tags.Add(\"x\");")]
    [InlineData("async Task OnRequest(HttpFlow flow) { await Task.Delay(1); flow.Tags.Add(\"x\"); }")]
    [InlineData("record Item(string Name); void OnRequest(HttpFlow flow) => flow.Tags.Add(JsonSerializer.Serialize(new Item(\"x\")));")]
    [InlineData("void OnRequest(HttpFlow flow) => flow.Tags.Add(JsonSerializer.Serialize(new { name = \"x\" }));")]
    [InlineData("var pattern = new Regex(\"x\", RegexOptions.Compiled); void OnRequest(HttpFlow flow) { if (pattern.IsMatch(\"x\")) flow.Tags.Add(\"x\"); }")]
    [InlineData("class Mask : Addon { public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add(\"x\"); return default; } }")]
    [InlineData("async Task Work(CancellationToken stopping) { while (true) await Task.Delay(10, stopping); } void OnLoad(AddonContext context) => _ = Work(context.Stopping);")]
    public async Task ReplacedVersion_LeavesMemory(string script)
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", script));
        await run.FlowAsync();
        for (var version = 0; version < 5; version++)
        {
            _folder.Write("mask.csx", script + new string('\n', version + 1));
            await run.PollAsync();
            await run.FlowAsync();
        }

        Assert.Equal(6, run.Generations.Current.Number);
        await AllRetiredVersionsAreGoneAsync(run);
    }

    [Theory]
    [InlineData("void OnLoad() => throw new InvalidOperationException();")]
    [InlineData("void OnRequest(HttpFlow flow) { }\nthrow new InvalidOperationException();")]
    [InlineData("void OnRequest() { }")]
    public async Task VersionThatFailed_LeavesMemory(string script)
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }"));
        var contexts = System.Runtime.Loader.AssemblyLoadContext.All.Count(context => context.Name == "broken.csx");
        _folder.Write("mask.csx", script);
        await run.PollAsync();

        Assert.Single(run.Log.Errors);
        await AllRetiredVersionsAreGoneAsync(run);
        Assert.Equal(0, contexts);
    }

    [Fact]
    public async Task VersionsThatStay_AreReported()
    {
        const string Script = "void OnLoad() => AppDomain.CurrentDomain.ProcessExit += (_, _) => { };";
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", Script));
        for (var version = 0; version < 5; version++)
        {
            _folder.Write("mask.csx", Script + new string('\n', version + 1));
            await run.PollAsync();
            await Eventually.HoldsAsync(() => run.Generations.Retiring == 0);
            GC.Collect();
            GC.Collect();
        }

        Assert.Contains(run.Log.Warnings, line => line.StartsWith("Warning: 3 old versions of mask.csx are still in memory", StringComparison.Ordinal));
    }

    private static Task AllRetiredVersionsAreGoneAsync(ScriptRun run) => Eventually.HoldsAfterCollectionAsync(
        () => run.Generations.Retiring == 0 && run.Generations.RetiredVersionsInMemory == 0,
        () => $"{run.Generations.RetiredVersionsInMemory} versions are still in memory.");
}
