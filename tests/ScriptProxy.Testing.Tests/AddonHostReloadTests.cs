using ScriptProxy.Scripting;

namespace ScriptProxy.Testing.Tests;

/// <summary>Loading, reloading, unloading.</summary>
public sealed class AddonHostReloadTests
{
    [Fact]
    public async Task Reload_ReplacesTheScriptAndKeepsItsState()
    {
        const string Script = """
            using System.Collections.Concurrent;
            ConcurrentQueue<string> seen = null!;
            void OnLoad(AddonContext context) => seen = context.State.GetOrAdd("seen", () => new ConcurrentQueue<string>());
            void OnRequest(HttpFlow flow) { seen.Enqueue("VERSION"); flow.Tags.Add(string.Join(' ', seen)); }
            """;
        await using var host = await AddonHost.LoadTextAsync(Script.Replace("VERSION", "first", StringComparison.Ordinal));
        await host.RequestAsync(FlowBuilder.Get("https://origin.test/").Build());

        await host.ReloadAsync(Script.Replace("VERSION", "second", StringComparison.Ordinal));

        var flow = FlowBuilder.Get("https://origin.test/").Build();
        await host.RequestAsync(flow);
        Assert.Equal(["first second"], flow.Tags);
    }

    [Fact]
    public async Task ReloadWithAMistake_KeepsTheRunningVersion()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => flow.Tags.Add("first");""");

        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => host.ReloadAsync("void OnRequest(HttpFlow flow) => nothing();"));

        Assert.Contains("error CS0103", Assert.Single(exception.Errors), StringComparison.Ordinal);
        var flow = FlowBuilder.Get("https://origin.test/").Build();
        await host.RequestAsync(flow);
        Assert.Equal(["first"], flow.Tags);
    }

    [Fact]
    public async Task ReplacedAddon_IsUnloadedBeforeTheTestGoesOn()
    {
        var first = new Appender("1");
        await using var host = await AddonHost.LoadAsync(first);

        await host.ReloadAsync(new Appender("2"));

        Assert.True(first.IsUnloaded);
        var flow = FlowBuilder.Get("https://origin.test/").Build();
        await host.RequestAsync(flow);
        Assert.Equal("2", flow.Request.Headers["X-Order"]);
    }

    [Fact]
    public async Task Disposing_RunsOnUnload()
    {
        var addon = new Appender("1");
        var host = await AddonHost.LoadAsync(addon);

        await host.DisposeAsync();

        Assert.True(addon.IsUnloaded);
    }

    [Fact]
    public async Task OnLoadThatThrows_DoesNotLoad()
    {
        var exception = await Assert.ThrowsAsync<AddonFailedException>(() => AddonHost.LoadAsync(new Unloadable()));

        Assert.Contains("InvalidOperationException: no (in OnLoad)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogOfAnAddon_IsCollected()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnLoad(AddonContext context) => context.Log("ready");""");

        Assert.Contains("Information: script.csx: ready", host.LogLines);
        Assert.Equal("Information: script.csx: ready", await host.WaitForLogAsync("ready"));
    }

    private sealed class Unloadable : Addon
    {
        public override ValueTask OnLoadAsync(AddonContext context) => throw new InvalidOperationException("no");
    }
}
