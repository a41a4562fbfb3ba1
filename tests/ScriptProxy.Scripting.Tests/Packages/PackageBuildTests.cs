using ScriptProxy.Scripting.Packages;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Packages;

/// <summary>Runs dotnet build with a package that this repository uses itself.</summary>
public sealed class PackageBuildTests : IDisposable
{
    private const string Header = """
        #!/usr/bin/env -S scriptproxy -s
        #:package ScriptProxy.Abstractions@0.1.0
        #:package YamlDotNet@16.3.0
        #:include names.cs

        """;

    private readonly ScriptFolder _folder = new();

    public PackageBuildTests() => _folder.Write("names.cs", "static class Names { public const string Text = \"a: from yaml\"; }");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FileWithAPackage_IsBuiltOnceAndRuns()
    {
        _folder.Write("mask.cs", Script("new YamlDotNet.Serialization.Deserializer().Deserialize<Dictionary<string, string>>(Names.Text)[\"a\"]"));
        await using (var first = await StartAsync())
        {
            Assert.Equal("from yaml", await first.FlowAsync());
            Assert.Contains("names packages: dotnet build restores and builds it", first.Log.Lines[0], StringComparison.Ordinal);
        }

        await using var second = await StartAsync();
        Assert.Equal("from yaml", await second.FlowAsync());
        Assert.Equal(["Information: mask.cs is live (generation 1): OnRequest"], second.Log.Lines);

        _folder.Write("names.cs", "static class Names { public const string Text = broken; }");
        await second.PollAsync();
        await second.Scripts.FinishBuildsAsync();
        Assert.Equal([$"Error: {ScriptMessage.Shown(_folder.PathOf("names.cs"))}(1,49): error CS0103: The name 'broken' does not exist in the current context"], second.Log.Errors);
        Assert.Equal("from yaml", await second.FlowAsync());
    }

    [Fact]
    public async Task MissingInclude_IsNamedWithoutABuild()
    {
        File.Delete(_folder.PathOf("names.cs"));

        var errors = await BuildAsync(() => throw new InvalidOperationException("Not needed."));

        Assert.Equal([$"{ScriptMessage.Shown(_folder.PathOf("mask.cs"))}: error SP1009: {ScriptMessage.Shown(_folder.PathOf("names.cs"))}: no such file."], errors);
    }

    [Fact]
    public async Task WithoutSdk_TheErrorSaysWhatToDo()
    {
        var errors = await BuildAsync(() => null);

        Assert.Equal([$"{ScriptMessage.Shown(_folder.PathOf("mask.cs"))}: error SP1014: {ScriptErrors.NoSdkMessage("YamlDotNet")}"], errors);
    }

    [Fact]
    public async Task SdkThatCannotBeStarted_IsAnError()
    {
        var errors = await BuildAsync(() => new DotnetSdk(_folder.PathOf("none/dotnet")));

        Assert.Contains("error SP1014: ", Assert.Single(errors), StringComparison.Ordinal);
    }

    private static string Script(string value) =>
        $"{Header}sealed class Mask : Addon\n{{\n    public override ValueTask OnRequestAsync(HttpFlow flow) {{ flow.Tags.Add({value}); return default; }}\n}}\n";

    private async Task<IReadOnlyList<string>> BuildAsync(Func<DotnetSdk?> findSdk)
    {
        using var store = new PluginStore(_folder.PathOf("cache"));
        using var builds = new PackageBuilds(_folder.PathOf("cache"), debug: false, store, new PluginSource(store), new LogCapture()) { FindSdk = findSdk };
        return (await builds.BuildAsync(_folder.Write("mask.cs", Script("Names.Text")), new FileSnapshot(), CancellationToken.None)).Errors;
    }

    private Task<ScriptRun> StartAsync() => ScriptRun.StartAsync(new ScriptOptions
    {
        Scripts = [_folder.PathOf("mask.cs")],
        AddonsDirectory = null,
        CacheDirectory = _folder.PathOf("cache"),
    });
}
