using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>Scripts of one test, live, with the polling in the test's hand.</summary>
internal sealed class ScriptRun : IAsyncDisposable
{
    public ScriptRun(ScriptOptions options, TimeSpan? hookTimeout = null, TimeProvider? timeProvider = null)
    {
        Generations = new Generations(hookTimeout ?? TimeSpan.FromSeconds(30), AddonErrorPolicy.Fail, Log.For<Generations>(), TimeProvider.System);
        Scripts = new ScriptSet(Generations, options, Log.CreateLogger("Scripts"), timeProvider ?? TimeProvider.System);
    }

    public LogCapture Log { get; } = new();

    public Generations Generations { get; }

    public ScriptSet Scripts { get; }

    /// <summary>Loads one named script, without an addons folder.</summary>
    public static Task<ScriptRun> StartAsync(string script, TimeSpan? hookTimeout = null) =>
        StartAsync(new ScriptOptions { Scripts = [script], AddonsDirectory = null }, hookTimeout);

    public static async Task<ScriptRun> StartAsync(ScriptOptions options, TimeSpan? hookTimeout = null)
    {
        var run = new ScriptRun(options, hookTimeout);
        await run.Scripts.LoadAsync(CancellationToken.None);
        return run;
    }

    /// <summary>Polls as often as a settled change needs.</summary>
    public async Task PollAsync()
    {
        await Scripts.PollAsync();
        await Scripts.PollAsync();
    }

    /// <summary>Runs a flow through OnRequest and OnResponse and hands back its tags.</summary>
    public async Task<string> FlowAsync()
    {
        using var lease = Generations.Lease();
        var flow = new TestFlow();
        await lease.Generation.Request.RunAsync(flow);
        await lease.Generation.Response.RunAsync(flow);
        return string.Join(' ', flow.Tags);
    }

    public async ValueTask DisposeAsync()
    {
        await Scripts.DisposeAsync();
        await Generations.DisposeAsync();
    }
}
