using ScriptProxy.Scripting.Packages;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Packages;

/// <summary>Builds that take long, next to everything else: a command in the place of dotnet waits until the test lets it go on, and hands out what was built before.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class BuildBesideTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public BuildBesideTests()
    {
        // Arguments: build PROJECT -c Release -o OUTPUT. Which one it is to be stands in the source that the project names.
        var command = _folder.Write("dotnet", $$"""
            #!/bin/sh
            source=$(grep -o 'Include="[^"]*mask\.cs"' "$2" | cut -d'"' -f2)
            version=$(grep -o 'version [a-z]*' "$source" | cut -d' ' -f2)
            echo x >> "{{_folder.PathOf("started-")}}$version"
            while [ ! -e "{{_folder.PathOf("go-")}}$version" ]; do sleep 0.02; done
            mkdir -p "$6"
            cp "{{_folder.PathOf("built/")}}$version/"* "$6/"
            """);
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var version in new[] { "one", "two", "three" }) PluginBuild.Plugin(_folder.PathOf($"built/{version}/mask.dll"), PluginBuild.Tagging($"\"{version}\""));
        _folder.Write("other.csx", Other("a"));
        Save("one");
        LetGo("one");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OtherFiles_AreLiveWhileABuildRuns()
    {
        await using var run = await StartAsync();
        Save("two");
        await run.PollAsync();
        Assert.Equal("a one", await run.FlowAsync());

        _folder.Write("other.csx", Other("b"));
        await run.PollAsync();
        Assert.Equal("b one", await run.FlowAsync());

        LetGo("two");
        await run.Scripts.FinishBuildsAsync();
        Assert.Equal("b two", await run.FlowAsync());
        Assert.Equal([3, 2], run.Scripts.Loaded.Select(script => script.Generation));
    }

    [Fact]
    public async Task FinishedBuild_IsTakenUpByAPoll()
    {
        await using var run = await StartAsync();
        Save("two");
        LetGo("two");
        await run.PollAsync();

        await Eventually.HoldsAsync(async () =>
        {
            await run.Scripts.PollAsync();
            return await run.FlowAsync() == "a two";
        });
    }

    [Fact]
    public async Task LaterSave_WinsOverABuildThatRuns()
    {
        await using var run = await StartAsync();
        Save("two");
        await run.PollAsync();
        await Eventually.HoldsAsync(() => File.Exists(_folder.PathOf("started-two")));

        Save("three");
        await run.PollAsync();
        LetGo("two");
        LetGo("three");
        await run.Scripts.FinishBuildsAsync();

        Assert.Equal("a three", await run.FlowAsync());
        Assert.DoesNotContain(run.Log.Lines, line => line.Contains("generation 3", StringComparison.Ordinal));
        Assert.Empty(run.Log.Errors);
    }

    [Fact]
    public async Task TouchedFile_DoesNotBeginABuildAnew()
    {
        await using var run = await StartAsync();
        Save("two");
        await run.PollAsync();
        await Eventually.HoldsAsync(() => File.Exists(_folder.PathOf("started-two")));

        File.SetLastWriteTimeUtc(_folder.PathOf("mask.cs"), DateTime.UtcNow.AddSeconds(1));
        await run.PollAsync();
        LetGo("two");
        await run.Scripts.FinishBuildsAsync();

        Assert.Equal("a two", await run.FlowAsync());
        Assert.Single(File.ReadAllLines(_folder.PathOf("started-two")));
    }

    [Fact]
    public async Task EndOfTheProxy_EndsTheBuild()
    {
        await using (var run = await StartAsync())
        {
            Save("two");
            await run.PollAsync();
            await Eventually.HoldsAsync(() => File.Exists(_folder.PathOf("started-two")));
        }

        Assert.Empty(Directory.GetDirectories(_folder.PathOf("cache/plugins")));
    }

    private static string Other(string tag) => $"void OnRequest(HttpFlow flow) => flow.Tags.Add(\"{tag}\");";

    private void Save(string version) => _folder.Write("mask.cs", $"#:package Some@1.0.0\n// version {version}\n");

    private void LetGo(string version) => _folder.Write($"go-{version}", "");

    private Task<ScriptRun> StartAsync() => ScriptRun.StartAsync(new ScriptOptions
    {
        Scripts = [_folder.PathOf("mask.cs"), _folder.PathOf("other.csx")],
        AddonsDirectory = null,
        CacheDirectory = _folder.PathOf("cache"),
        FindSdk = () => new DotnetSdk(_folder.PathOf("dotnet")),
    });
}
