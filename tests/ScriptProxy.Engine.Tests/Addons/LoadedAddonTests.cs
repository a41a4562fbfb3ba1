using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class LoadedAddonTests
{
    [Fact]
    public void Instance_BindsWhatItOverridesAndNothingElse()
    {
        var loaded = LoadedAddon.FromInstance(new RequestOnly());

        Assert.Equal(["OnRequest"], loaded.HookNames);
        Assert.NotNull(loaded.Request);
        Assert.Null(loaded.Response);
        Assert.Equal(nameof(RequestOnly), loaded.Name);
        Assert.Equal(typeof(RequestOnly).FullName, loaded.Source);
    }

    [Fact]
    public void InheritedOverride_IsBound() => Assert.Equal(["OnRequest"], LoadedAddon.FromInstance(new Derived()).HookNames);

    [Fact]
    public void EveryHookOfTheTable_IsAMethodOfAddon()
    {
        var methods = typeof(Addon).GetMethods()
            .Where(method => method.IsVirtual && method.DeclaringType == typeof(Addon) && method.Name.StartsWith("On", StringComparison.Ordinal))
            .Select(method => method.Name)
            .Except([nameof(Addon.OnLoadAsync), nameof(Addon.OnUnloadAsync)]);

        Assert.Equivalent(methods, HookKind.All.Select(kind => kind.Name + "Async"), strict: true);
        Assert.All(HookKind.All, (kind, index) => Assert.Equal(index, kind.Index));
        Assert.All(HookKind.All, kind => Assert.Equal(kind.ArgumentType, typeof(Addon).GetMethod(kind.Name + "Async")!.GetParameters()[0].ParameterType));
    }

    [Fact]
    public void NameOfTheInstance_IsUsed() => Assert.Equal("Masking", LoadedAddon.FromInstance(new Named("Masking")).Name);

    [Fact]
    public async Task Unload_RunsInReverseAndDisposes()
    {
        var marks = new List<string>();
        var loaded = LoadedAddon.FromInstance(new Closing(marks));
        loaded.AddUnload(() =>
        {
            marks.Add("added last");
            return default;
        });
        await loaded.LoadAsync(null!);

        await loaded.UnloadAsync();

        Assert.Equal(["added last", "OnUnload", "Dispose"], marks);
        Assert.True(loaded.IsUnloaded);
    }

    [Fact]
    public async Task StepOfUnloadingThatFails_LeavesTheOthersToRun()
    {
        var marks = new List<string>();
        var loaded = LoadedAddon.FromInstance(new Closing(marks));
        loaded.AddUnload(() => throw new FormatException("bad"));
        await loaded.LoadAsync(null!);
        using var registration = loaded.Stopping.Register(() => throw new FormatException("worse"));

        var exception = await Assert.ThrowsAsync<AggregateException>(loaded.UnloadAsync);

        Assert.Equal(2, exception.InnerExceptions.Count);
        Assert.Equal(["OnUnload", "Dispose"], marks);
    }

    [Fact]
    public async Task AddonThatNeverLoaded_IsNotUnloadedByHook()
    {
        var marks = new List<string>();
        var loaded = LoadedAddon.FromInstance(new Closing(marks));

        await loaded.UnloadAsync();

        Assert.Empty(marks);
        Assert.True(loaded.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task DroppedAddon_DoesNothingAnyMore()
    {
        var marks = new List<string>();
        var loaded = new LoadedAddon("addon", "test");
        loaded.Add(HookKind.ClientConnected, _ =>
        {
            marks.Add("called");
            return default;
        });

        loaded.Dispose();
        await loaded.ClientConnected!(null!);

        Assert.Empty(marks);
    }

    [Fact]
    public void Exception_IsLocatedInTheAddonsAssembly()
    {
        var loaded = LoadedAddon.FromInstance(new RequestOnly());

        var exception = Record.Exception(() => int.Parse("x"));

        Assert.StartsWith("LoadedAddonTests.cs(", loaded.Locate(exception!), StringComparison.Ordinal);
        Assert.Null(loaded.Locate(new FormatException("never thrown")));
    }

    private class RequestOnly : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow) => default;
    }

    private sealed class Derived : RequestOnly;

    private sealed class Named(string name) : Addon
    {
        public override string Name => name;
    }

    private sealed class Closing(List<string> marks) : Addon, IDisposable
    {
        public void Dispose() => marks.Add("Dispose");

        public override ValueTask OnUnloadAsync()
        {
            marks.Add("OnUnload");
            return default;
        }
    }
}
