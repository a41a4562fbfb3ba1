using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Loading;

public sealed class ScriptLoaderTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TopLevelState_IsSharedByHooks()
    {
        var flow = await RunAsync("""
            var seen = 0;
            seen = await Task.FromResult(40);
            void OnRequest(HttpFlow flow) => seen++;
            void OnResponse(HttpFlow flow) => flow.Tags.Add($"{++seen}");
            """);

        Assert.Equal(["42"], flow.Tags);
    }

    [Fact]
    public async Task FunctionAndClasses_RunInTheirOrder()
    {
        var flow = await RunAsync("""
            class First : Addon
            {
                public override async ValueTask OnRequestAsync(HttpFlow flow) { await Task.Yield(); flow.Metadata["order"] += "first "; }
            }

            class Second : Addon
            {
                public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Metadata["order"] += "second"; return default; }
            }

            async Task OnRequest(HttpFlow flow) { await Task.Yield(); flow.Metadata["order"] = "function "; }
            """);

        Assert.Equal("function first second", flow.Metadata["order"]);
    }

    [Fact]
    public async Task ReturnedAddon_IsUsedAsItIs()
    {
        var flow = await RunAsync("""
            class Mask(string tag) : Addon
            {
                public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add(tag); return default; }
            }

            return new Mask("made at top level");
            """);

        Assert.Equal(["made at top level"], flow.Tags);
    }

    [Theory]
    [InlineData("class Mask : Addon { public override string Name => \"Masking\"; public override ValueTask OnRequestAsync(HttpFlow flow) => default; }", "Masking")]
    [InlineData("class Mask : Addon { public override ValueTask OnRequestAsync(HttpFlow flow) => default; }", "mask.csx")]
    public async Task NameOfTheAddon_IsThatOfTheClassElseTheFile(string script, string name)
    {
        var (addon, _) = await Scripts.LoadAsync(_folder.Write("mask.csx", script));
        using var disposal = addon;

        Assert.Equal(name, addon.Name);
    }

    [Fact]
    public async Task TopLevelCodeThrows_IsRefusedWithLine()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }\n\nint.Parse(\"x\");");

        Assert.Equal(["mask.csx(3): FormatException: The input string 'x' was not in a correct format. (in top-level code)"], await Scripts.RefusalAsync(path));
    }

    [Fact]
    public async Task ConstructorThrows_IsRefusedWithLine()
    {
        var path = _folder.Write("mask.csx", "class Mask : Addon\n{\n    public Mask() => throw new InvalidOperationException(\"no\");\n}");

        Assert.Equal(["mask.csx(3): InvalidOperationException: no (in top-level code)"], await Scripts.RefusalAsync(path));
    }

    [Fact]
    public async Task TopLevelCodeNeverEnds_IsRefusedInTime()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }\nawait new TaskCompletionSource().Task;");
        var loader = new ScriptLoader(TimeSpan.FromMilliseconds(50), TimeProvider.System);

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => loader.LoadAsync(Scripts.Compiled(path), "mask.csx", AddonSettings.None));

        Assert.Equal([$"{ScriptMessage.Shown(path)}: top-level code did not finish within 0.05 s"], exception.Errors);
    }

    [Fact]
    public async Task HookThrows_IsLocatedInTheScript()
    {
        _folder.Write("lib.csx", """
            using System.Runtime.CompilerServices;
            [MethodImpl(MethodImplOptions.NoInlining)]
            void Fail(string text) => int.Parse(text);
            """);
        var path = _folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) => Fail(\"x\");");
        await using var generations = new Generations(TimeSpan.FromSeconds(30), AddonErrorPolicy.Fail, new LogCapture().For<Generations>(), TimeProvider.System);
        await generations.SwapAsync([(await Scripts.LoadAsync(path)).Addon]);
        using var lease = generations.Lease();

        var exception = await Assert.ThrowsAsync<AddonException>(() => lease.Generation.Request.RunAsync(new TestFlow()).AsTask());

        Assert.Equal("lib.csx(3): FormatException: The input string 'x' was not in a correct format. (in OnRequest)", exception.Message);
    }

    private async Task<TestFlow> RunAsync(string script)
    {
        var (addon, warnings) = await Scripts.LoadAsync(_folder.Write("mask.csx", script));
        using var disposal = addon;
        Assert.Empty(warnings);
        var flow = new TestFlow();
        if (addon.Request is { } request) await request(flow);
        if (addon.Response is { } response) await response(flow);
        return flow;
    }
}
