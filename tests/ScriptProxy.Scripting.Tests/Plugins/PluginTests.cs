using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Plugins;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PluginTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PublicAndInternalAddons_AreBound()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), """
            public sealed class One : Addon { public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add("one"); return default; } }
            internal sealed class Two : Addon { public override ValueTask OnResponseAsync(HttpFlow flow) { flow.Tags.Add("two"); return default; } }
            public abstract class Three : Addon { }
            """);
        await using var run = await StartAsync(plugin);

        Assert.Equal("one two", await run.FlowAsync());
        Assert.Equal(["Information: Mask.dll is live (generation 1): OnRequest, OnResponse"], run.Log.Lines);
    }

    [Fact]
    public async Task FolderInAddons_IsLoadedInItsPlace()
    {
        PluginBuild.Plugin(_folder.PathOf("addons/Mask/Mask.dll"), PluginBuild.Tagging("\"plugin\""));
        PluginBuild.Plugin(_folder.PathOf("addons/_Off/_Off.dll"), PluginBuild.Tagging("\"off\""));
        PluginBuild.Library(_folder.PathOf("addons/Lib/Lib.dll"), "public class Lib { }");
        _folder.Write("addons/a.csx", "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"script\");");
        await using var run = await ScriptRun.StartAsync(new ScriptOptions { AddonsDirectory = _folder.PathOf("addons") });

        Assert.Equal(["Mask.dll", "a.csx"], run.Scripts.Loaded.Select(script => script.Name));
        Assert.Equal("plugin script", await run.FlowAsync());
    }

    [Fact]
    public async Task TwoPlugins_HaveTheirOwnVersionsOfALibrary()
    {
        var plugins = new[] { "one", "two" }.Select(version => PluginBuild.Plugin(
            _folder.PathOf($"{version}/Mask.dll"),
            PluginBuild.Tagging("Lib.Name"),
            PluginBuild.Library(_folder.PathOf($"{version}/Lib.dll"), $"public static class Lib {{ public static string Name => \"{version}\"; }}"))).ToArray();
        await using var run = await StartAsync(plugins);

        Assert.Equal("one two", await run.FlowAsync());
    }

    [Fact]
    public async Task ContractThatThePluginShips_IsNotUsed()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"x\""));
        File.Copy(PluginBuild.Contract, _folder.PathOf("Mask/ScriptProxy.Abstractions.dll"));
        await using var run = await StartAsync(plugin);

        Assert.Equal("x", await run.FlowAsync());
    }

    [Fact]
    public async Task LibraryOfTheProxy_IsNotLent()
    {
        // The compiler is in this process, and not in the plugin's folder.
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("Lib.Name"),
            PluginBuild.Library(_folder.PathOf("Mask/Lib.dll"), "public static class Lib { public static string Name => typeof(Xunit.Assert).Name; }", typeof(Assert).Assembly.Location));
        await using var run = await StartAsync(plugin);

        var exception = await Assert.ThrowsAnyAsync<Exception>(run.FlowAsync);
        Assert.Contains("xunit.assert.dll is not in the plugin's folder. Build it with <EnableDynamicLoading>true</EnableDynamicLoading>", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_IsNeitherLockedNorMapped()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("System.Reflection.Assembly.GetExecutingAssembly().Location"));
        _folder.Write("Mask/data/list.txt", "x");
        await using var run = await StartAsync(plugin);

        var location = await run.FlowAsync();

        Assert.StartsWith(_folder.PathOf("cache/plugins/"), location, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(location)!, "data", "list.txt")));
        Assert.DoesNotContain(plugin, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutCache_RunsFromATemporaryFolder()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("System.Reflection.Assembly.GetExecutingAssembly().Location"));
        string location;
        await using (var run = await ScriptRun.StartAsync(plugin)) location = await run.FlowAsync();

        Assert.StartsWith(Path.Combine(Path.GetTempPath(), "scriptproxy-plugins-"), location, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(Path.GetDirectoryName(location))));
    }

    [Fact]
    public async Task RebuiltPlugin_IsReplacedAndLeavesMemory()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"version 0\""));
        await using var run = await StartAsync(plugin);
        for (var version = 1; version <= 5; version++)
        {
            PluginBuild.Plugin(plugin, PluginBuild.Tagging($"\"version {version}\""));
            await run.PollAsync();
            Assert.Equal($"version {version}", await run.FlowAsync());
        }

        await Eventually.HoldsAfterCollectionAsync(
            () => run.Generations.Retiring == 0 && run.Generations.RetiredVersionsInMemory == 0,
            () => $"{run.Generations.RetiredVersionsInMemory} versions are still in memory.");
        Assert.Single(Copies());
    }

    [Fact]
    public async Task NewLibraryBesideThePlugin_ReplacesIt()
    {
        var library = _folder.PathOf("Mask/Lib.dll");
        PluginBuild.Library(library, "public static class Lib { public static string Name => \"one\"; }");
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("Lib.Name"), library);
        await using var run = await StartAsync(plugin);

        PluginBuild.Library(library, "public static class Lib { public static string Name => \"number two\"; }");
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task TouchedPlugin_IsNotReplaced()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"x\""));
        await using var run = await StartAsync(plugin);

        File.SetLastWriteTimeUtc(plugin, DateTime.UtcNow.AddMinutes(1));
        await run.PollAsync();
        await run.PollAsync();

        Assert.Equal(1, run.Generations.Current.Number);
        Assert.Single(Copies());
    }

    [Theory]
    [InlineData("public sealed class Mask : Addon { public override ValueTask OnLoadAsync(AddonContext context) => throw new InvalidOperationException(\"no\"); }", "Mask.cs(2): InvalidOperationException: no (in OnLoad)")]
    [InlineData("public sealed class Mask : Addon { public Mask() => throw new InvalidOperationException(\"no\"); }", "Mask.cs(2): InvalidOperationException: no (in loading)")]
    [InlineData("public sealed class Mask { }", "does not reference ScriptProxy.Abstractions")]
    [InlineData("public sealed class Mask : Exception { public Addon? Addon; }", "error SP1004: no hooks found. Declare a class that derives from Addon")]
    public async Task VersionThatFails_LeavesTheRunningOne(string source, string problem)
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"one\""));
        await using var run = await StartAsync(plugin);

        PluginBuild.Plugin(plugin, source);
        await run.PollAsync();

        Assert.Contains(problem, Assert.Single(run.Log.Errors), StringComparison.Ordinal);
        Assert.Equal("Warning: Mask.dll was not replaced; its running version (generation 1) stays", run.Log.Warnings[^1]);
        Assert.Equal("one", await run.FlowAsync());
        Assert.Single(Copies());
        await run.PollAsync();
        Assert.Single(run.Log.Errors);
    }

    [Fact]
    public async Task FailingHook_IsNamedByItsPlaceInTheSource()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), "public sealed class Mask : Addon\n{\n    public override ValueTask OnRequestAsync(HttpFlow flow) =>\n        throw new InvalidOperationException(\"no\");\n}");
        await using var run = await StartAsync(plugin);

        var exception = await Assert.ThrowsAnyAsync<Exception>(run.FlowAsync);

        Assert.Contains("Mask.cs(5): InvalidOperationException: no (in OnRequest)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfCopiedFolder_IsWaitedFor()
    {
        var library = PluginBuild.Library(_folder.PathOf("build/Lib.dll"), "public static class Lib { public static string Name => \"whole\"; }");
        var plugin = PluginBuild.Plugin(_folder.PathOf("build/Mask.dll"), PluginBuild.Tagging("Lib.Name"), library);
        Directory.CreateDirectory(_folder.PathOf("addons/Mask"));
        await using var run = await ScriptRun.StartAsync(new ScriptOptions { AddonsDirectory = _folder.PathOf("addons") });

        File.Copy(Path.ChangeExtension(plugin, ".deps.json"), _folder.PathOf("addons/Mask/Mask.deps.json"));
        File.WriteAllBytes(_folder.PathOf("addons/Mask/Mask.dll"), File.ReadAllBytes(plugin)[..1000]);
        await run.PollAsync();
        await run.PollAsync();
        File.Copy(plugin, _folder.PathOf("addons/Mask/Mask.dll"), overwrite: true);
        await run.PollAsync();
        await run.PollAsync();
        Assert.Empty(run.Log.Lines);
        Assert.Equal("", await run.FlowAsync());

        File.Copy(library, _folder.PathOf("addons/Mask/Lib.dll"));
        await run.PollAsync();

        Assert.Equal("whole", await run.FlowAsync());
    }

    [Fact]
    public async Task FolderThatStaysIncomplete_IsReportedOnce()
    {
        var time = new LaterTime();
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"one\""));
        await using var run = await StartAsync(time, plugin);

        PluginBuild.Plugin(plugin, PluginBuild.Tagging("\"two\""));
        PluginBuild.Dependencies(plugin, ["Lib.dll"]);
        await run.PollAsync();
        Assert.Empty(run.Log.Errors);
        time.Skip(TimeSpan.FromSeconds(11));
        await run.PollAsync();
        await run.PollAsync();

        Assert.EndsWith(
            "Mask.dll: error SP1012: Lib.dll is named in Mask.deps.json and missing beside it. Build it with <EnableDynamicLoading>true</EnableDynamicLoading> and copy the whole output folder.",
            Assert.Single(run.Log.Errors),
            StringComparison.Ordinal);
        Assert.Equal("one", await run.FlowAsync());
    }

    [Fact]
    public async Task IncompleteFolderAtStart_IsRefused()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"one\""));
        PluginBuild.Dependencies(plugin, ["Lib.dll", "Other.dll"]);

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => StartAsync(plugin));

        Assert.Contains("Lib.dll, Other.dll are named in Mask.deps.json and missing", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "SP1012: it is not a .NET assembly, or only part of one.")]
    [InlineData("plain text", "SP1012: it is not a .NET assembly, or only part of one.")]
    [InlineData(null, "SP1012: no such file.")]
    public async Task WhatIsNoPlugin_IsRefused(string? content, string problem)
    {
        if (content is not null) _folder.Write("Mask/Mask.dll", content);

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => StartAsync(_folder.PathOf("Mask/Mask.dll")));

        Assert.EndsWith(problem, Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeletedPlugin_UnloadsWhenItDoesNotComeBack()
    {
        var time = new LaterTime();
        PluginBuild.Plugin(_folder.PathOf("addons/Mask/Mask.dll"), PluginBuild.Tagging("\"one\""));
        await using var run = new ScriptRun(new ScriptOptions { AddonsDirectory = _folder.PathOf("addons") }, timeProvider: time);
        await run.Scripts.LoadAsync(CancellationToken.None);

        Directory.Delete(_folder.PathOf("addons/Mask"), recursive: true);
        await run.PollAsync();
        Assert.Equal("one", await run.FlowAsync());
        time.Skip(TimeSpan.FromSeconds(11));
        await run.PollAsync();

        Assert.Equal("", await run.FlowAsync());
        Assert.Equal("Information: Mask.dll was removed and unloads", run.Log.Lines[^1]);
    }

    [Fact]
    public async Task FolderReplacedAsAWhole_IsNeverWithoutTheAddon()
    {
        PluginBuild.Plugin(_folder.PathOf("addons/Mask/Mask.dll"), PluginBuild.Tagging("\"one\""));
        await using var run = await ScriptRun.StartAsync(new ScriptOptions { AddonsDirectory = _folder.PathOf("addons") });

        Directory.Delete(_folder.PathOf("addons/Mask"), recursive: true);
        await run.PollAsync();
        Assert.Equal("one", await run.FlowAsync());
        PluginBuild.Plugin(_folder.PathOf("addons/Mask/Mask.dll"), PluginBuild.Tagging("\"number two\""));
        await run.PollAsync();

        Assert.Equal("number two", await run.FlowAsync());
    }

    [Fact]
    public async Task NativeLibrary_IsLoadedOnceHoweverOftenThePluginIsReplaced()
    {
        var native = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so");
        Directory.CreateDirectory(_folder.PathOf("Mask"));
        File.Copy(native, _folder.PathOf("Mask/libprobe.so"));
        var plugin = _folder.PathOf("Mask/Mask.dll");
        BuildNative(0);
        await using var run = await StartAsync(plugin);
        for (var version = 1; version <= 3; version++)
        {
            BuildNative(version);
            await run.PollAsync();
            Assert.Equal($"{version} {Environment.ProcessId}", await run.FlowAsync());
        }

        var mapped = File.ReadLines("/proc/self/maps").Where(line => line.Contains("libprobe.so", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct();
        Assert.Single(mapped);

        void BuildNative(int version)
        {
            PluginBuild.Plugin(plugin, PluginBuild.Tagging($"\"{version} \" + Native.GetPid()") + """

                static class Native
                {
                    [System.Runtime.InteropServices.DllImport("probe", EntryPoint = "SystemNative_GetPid")] public static extern int GetPid();
                }
                """);
            PluginBuild.Dependencies(plugin, [], ["libprobe.so"]);
        }
    }

    [Fact]
    public async Task CopiesOfDeadProcesses_AreRemoved()
    {
        _folder.Write("cache/plugins/dead/.lock", "");
        _folder.Write("cache/plugins/dead/1/Mask.dll", "");
        _folder.Write("cache/plugins/alive/.lock", "");
        File.SetUnixFileMode(_folder.PathOf("cache"), (UnixFileMode)0b111_000_000);
        using var held = new FileStream(_folder.PathOf("cache/plugins/alive/.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using var run = await StartAsync(PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"x\"")));

        Assert.False(Directory.Exists(_folder.PathOf("cache/plugins/dead")));
        Assert.True(Directory.Exists(_folder.PathOf("cache/plugins/alive")));
    }

    [Fact]
    public async Task EndOfTheProxy_RemovesTheCopies()
    {
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), PluginBuild.Tagging("\"x\""));
        await using (await StartAsync(plugin)) Assert.Single(Copies());

        Assert.Empty(Directory.GetDirectories(_folder.PathOf("cache/plugins")));
    }

    private string[] Copies() => Directory.GetFiles(_folder.PathOf("cache/plugins"), "Mask.dll", SearchOption.AllDirectories);

    private Task<ScriptRun> StartAsync(params string[] plugins) => StartAsync(TimeProvider.System, plugins);

    private async Task<ScriptRun> StartAsync(TimeProvider timeProvider, params string[] plugins)
    {
        var run = new ScriptRun(new ScriptOptions { Scripts = plugins, AddonsDirectory = null, CacheDirectory = _folder.PathOf("cache") }, timeProvider: timeProvider);
        try
        {
            await run.Scripts.LoadAsync(CancellationToken.None);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }
}
