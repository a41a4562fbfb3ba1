using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Plugins;

public sealed class SkippedPluginsTests : IDisposable
{
    private readonly ScriptFolder _folder = new();
    private readonly LaterTime _time = new();

    public SkippedPluginsTests() => _folder.Write("addons/b.csx", "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"b\");");

    private string NoDependencies =>
        $"Warning: {ScriptMessage.Shown(_folder.PathOf("addons/Mask"))}: warning SP1012: this folder is skipped: Mask.deps.json is missing beside Mask.dll. "
        + "Build it with <EnableDynamicLoading>true</EnableDynamicLoading> and copy the whole output folder. Begin its name with \"_\" if it is no addon.";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PluginWithoutDependencies_IsNamedAtTheStart()
    {
        WritePlugin("addons/Mask/Mask.dll");

        await using var run = await StartAsync();

        Assert.Equal([NoDependencies], run.Log.Warnings);
        Assert.Equal("b", await run.FlowAsync());
    }

    [Fact]
    public async Task PluginWithoutDependencies_IsNamedByTheCheck()
    {
        WritePlugin("addons/Mask/Mask.dll");
        await using var run = new ScriptRun(Options());

        var check = await run.Scripts.CheckAsync(CancellationToken.None);

        Assert.Equal(["Warning: " + Assert.Single(check.Warnings)], [NoDependencies]);
        Assert.Empty(check.Errors);
    }

    [Fact]
    public async Task FolderOfAnotherName_IsNamed()
    {
        PluginBuild.Plugin(_folder.PathOf("addons/masks/Mask.dll"), PluginBuild.Tagging("\"x\""));

        await using var run = await StartAsync();

        Assert.Contains("its plugin is Mask.dll, and a plugin's folder is named as its DLL: rename the folder to Mask.", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderCopiedMeanwhile_IsNamedOnceWhenItStaysSo()
    {
        await using var run = await StartAsync();
        WritePlugin("addons/Mask/Mask.dll");
        await run.PollAsync();
        Assert.Empty(run.Log.Warnings);

        _time.Skip(TimeSpan.FromSeconds(11));
        await run.PollAsync();
        await run.PollAsync();

        Assert.Equal([NoDependencies], run.Log.Warnings);
    }

    [Fact]
    public async Task FolderThatWasCompleted_Loads()
    {
        WritePlugin("addons/Mask/Mask.dll");
        await using var run = await StartAsync();

        PluginBuild.Dependencies(_folder.PathOf("addons/Mask/Mask.dll"), []);
        await run.PollAsync();

        Assert.Equal("b x", await run.FlowAsync());
        File.Delete(_folder.PathOf("addons/Mask/Mask.deps.json"));
        _time.Skip(TimeSpan.FromSeconds(11));
        await run.PollAsync();
        Assert.Equal([NoDependencies], run.Log.Warnings); // that of the start: what runs is not skipped
    }

    [Theory]
    [InlineData("addons/_Mask/Mask.dll")]
    [InlineData("addons/.Mask/Mask.dll")]
    public async Task FolderToBeLeftAlone_IsNotNamed(string path)
    {
        WritePlugin(path);

        await using var run = await StartAsync();

        Assert.Empty(run.Log.Warnings);
    }

    [Fact]
    public async Task FolderOfLibraries_IsNotNamed()
    {
        PluginBuild.Library(_folder.PathOf("addons/Lib/Lib.dll"), "public class Lib { }");
        _folder.Write("addons/odd/odd.dll", "no assembly");
        Directory.CreateDirectory(_folder.PathOf("addons/empty"));

        await using var run = await StartAsync();

        Assert.Empty(run.Log.Warnings);
    }

    private void WritePlugin(string path)
    {
        PluginBuild.Plugin(_folder.PathOf(path), PluginBuild.Tagging("\"x\""));
        File.Delete(Path.ChangeExtension(_folder.PathOf(path), ".deps.json"));
    }

    private ScriptOptions Options() => new() { AddonsDirectory = _folder.PathOf("addons"), CacheDirectory = _folder.PathOf("cache") };

    private async Task<ScriptRun> StartAsync()
    {
        var run = new ScriptRun(Options(), timeProvider: _time);
        await run.Scripts.LoadAsync(CancellationToken.None);
        return run;
    }
}
