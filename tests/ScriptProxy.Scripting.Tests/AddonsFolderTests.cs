using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

public sealed class AddonsFolderTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public AddonsFolderTests() => _folder.Write("addons/b.csx", Tag("b"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task NewFile_LoadsInItsPlace()
    {
        await using var run = await StartAsync();

        _folder.Write("addons/a.csx", Tag("a"));
        await run.PollAsync();

        Assert.Equal(["a.csx", "b.csx"], run.Scripts.Loaded.Select(script => script.Name));
        Assert.Equal("a b", await run.FlowAsync());
    }

    [Fact]
    public async Task NewBrokenFile_ChangesNothingUntilItIsMended()
    {
        await using var run = await StartAsync();

        _folder.Write("addons/a.csx", "this is no C#");
        await run.PollAsync();
        Assert.Equal("b", await run.FlowAsync());
        Assert.Equal($"Warning: {ScriptMessage.Shown(_folder.PathOf("addons/a.csx"))} is not live", run.Log.Warnings[^1]);

        _folder.Write("addons/a.csx", Tag("a"));
        await run.PollAsync();
        Assert.Equal("a b", await run.FlowAsync());
    }

    [Fact]
    public async Task DeletedFile_Unloads()
    {
        await using var run = await StartAsync();

        File.Delete(_folder.PathOf("addons/b.csx"));
        await run.PollAsync();

        Assert.Empty(run.Scripts.Loaded);
        Assert.Equal("", await run.FlowAsync());
        Assert.Equal("Information: b.csx was removed and unloads", run.Log.Lines[^1]);
    }

    [Fact]
    public async Task DeletedFileThatComesBack_LoadsAgain()
    {
        await using var run = await StartAsync();
        File.Delete(_folder.PathOf("addons/b.csx"));
        await run.PollAsync();

        _folder.Write("addons/b.csx", Tag("b"));
        await run.PollAsync();

        Assert.Equal("b", await run.FlowAsync());
    }

    [Fact]
    public async Task RenamedFile_LoadsUnderItsNewName()
    {
        await using var run = await StartAsync();

        File.Move(_folder.PathOf("addons/b.csx"), _folder.PathOf("addons/c.csx"));
        await run.PollAsync();

        Assert.Equal(["c.csx"], run.Scripts.Loaded.Select(script => script.Name));
    }

    [Fact]
    public async Task FolderGoneAsAWhole_LeavesItsAddonsRunning()
    {
        await using var run = await StartAsync();

        Directory.Move(_folder.PathOf("addons"), _folder.PathOf("unmounted"));
        await run.PollAsync();
        Assert.Equal("b", await run.FlowAsync());
        Assert.EndsWith("the file is gone; its running version (generation 1) stays", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);

        Directory.Move(_folder.PathOf("unmounted"), _folder.PathOf("addons"));
        await run.PollAsync();
        File.Delete(_folder.PathOf("addons/b.csx"));
        await run.PollAsync();
        Assert.Equal("", await run.FlowAsync());
    }

    [Fact]
    public async Task DeletedBrokenFile_IsForgotten()
    {
        await using var run = await StartAsync();
        _folder.Write("addons/a.csx", "this is no C#");
        await run.PollAsync();

        File.Delete(_folder.PathOf("addons/a.csx"));
        await run.PollAsync();
        var lines = run.Log.Lines.Count;
        await run.PollAsync();

        Assert.Equal("b", await run.FlowAsync());
        Assert.Equal(lines, run.Log.Lines.Count);
    }

    private static string Tag(string tag) => $"void OnRequest(HttpFlow flow) => flow.Tags.Add(\"{tag}\");";

    private Task<ScriptRun> StartAsync() => ScriptRun.StartAsync(new ScriptOptions { AddonsDirectory = _folder.PathOf("addons") });
}
