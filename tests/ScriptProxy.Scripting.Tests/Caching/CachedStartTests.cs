using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Caching;

public sealed class CachedStartTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ScriptFromTheCache_RunsAndIsWatchedWithWhatItLoads()
    {
        _folder.Write("lib.csx", "string Name() => \"one\";");
        _folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Name());");
        await using (await StartAsync())
        {
        }

        await using var run = await StartAsync();
        Assert.Equal("one", await run.FlowAsync());
        _folder.Write("lib.csx", "string Name() => \"number two\";");
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task Warnings_AreRepeated()
    {
        _folder.Write("mask.csx", "#warning look\nvoid OnRequest(HttpFlow flow) { }");
        foreach (var _ in new[] { "compiled", "from the cache" })
        {
            await using var run = await StartAsync();
            Assert.Contains("warning CS1030", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ChangedBetweenStarts_IsCompiledAnew()
    {
        foreach (var name in new[] { "one", "number two" })
        {
            _folder.Write("mask.csx", $"void OnRequest(HttpFlow flow) => flow.Tags.Add(\"{name}\");");
            await using var run = await StartAsync();
            Assert.Equal(name, await run.FlowAsync());
        }
    }

    [Fact]
    public async Task ReloadedScript_IsWhatTheNextStartFinds()
    {
        _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"one\");");
        await using (var run = await StartAsync())
        {
            _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"number two\");");
            await run.PollAsync();
        }

        var entry = Assert.Single(Directory.GetFiles(_folder.PathOf("cache")));
        var written = DateTime.UtcNow.AddHours(-1);
        File.SetLastWriteTimeUtc(entry, written);
        await using (var next = await StartAsync()) Assert.Equal("number two", await next.FlowAsync());

        Assert.Equal(written, File.GetLastWriteTimeUtc(entry));
    }

    [Fact]
    public async Task EntryThatIsNoEntry_DoesNotStopTheStart()
    {
        _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"one\");");
        await using (await StartAsync())
        {
        }

        File.WriteAllText(Assert.Single(Directory.GetFiles(_folder.PathOf("cache"))), "something else");
        await using var run = await StartAsync();

        Assert.Equal("one", await run.FlowAsync());
        Assert.Empty(run.Log.Warnings);
    }

    private Task<ScriptRun> StartAsync() => ScriptRun.StartAsync(new ScriptOptions
    {
        Scripts = [_folder.PathOf("mask.csx")],
        AddonsDirectory = null,
        CacheDirectory = _folder.PathOf("cache"),
    });
}
