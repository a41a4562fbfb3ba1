using System.Diagnostics;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Plugins;

namespace ScriptProxy.Scripting;

/// <summary>One build under way.</summary>
internal sealed class PendingBuild : IDisposable
{
    private readonly CancellationTokenSource _dropped = new();

    /// <summary>Begins it.</summary>
    /// <param name="entry">Whose next version it makes.</param>
    /// <param name="prepareAsync">The build.</param>
    public PendingBuild(ScriptEntry entry, Func<CancellationToken, Task<PreparedAddon>> prepareAsync)
    {
        Entry = entry;
        Result = prepareAsync(_dropped.Token);
    }

    public ScriptEntry Entry { get; }

    /// <summary>When it began, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long Started { get; } = Stopwatch.GetTimestamp();

    public Task<PreparedAddon> Result { get; }

    /// <summary>Ends it, and forgets what it made. Never throws.</summary>
    public async Task DropAsync()
    {
        await _dropped.CancelAsync();

        // Whatever it ended with is nobody's business any more.
        await ((Task)Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Result.IsCompletedSuccessfully) ((await Result).Code as PluginCode)?.Remove();
        Dispose();
    }

    public void Dispose() => _dropped.Dispose();
}
