using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Which addons are live. A new set is loaded beside the running one and published by exchanging one reference; the old one drains and
/// unloads in the background. Leasing is lock-free; swaps happen one at a time.
/// </summary>
internal sealed partial class Generations : IAsyncDisposable
{
    private static readonly TimeSpan DrainWarning = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _hookTimeout;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly HookDispatch _dispatch;
    private readonly RetiredCode _retiredCode;
    private readonly ConcurrentDictionary<string, AddonState> _states = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _retirements = new();
    private readonly SemaphoreSlim _swapping = new(1, 1);
    private Generation _current;
    private bool _disposed;

    /// <param name="hookTimeout">How long OnLoad, OnUnload and every hook may take that says nothing else.</param>
    /// <param name="policy">What the failure of a hook means that says nothing else.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="timeProvider">The clock of timeouts.</param>
    /// <param name="redact">Takes the secrets of a flow out of a message; null where there are none.</param>
    public Generations(TimeSpan hookTimeout, AddonErrorPolicy policy, ILogger<Generations> logger, TimeProvider timeProvider, Func<HttpFlow, string, string>? redact = null)
    {
        _hookTimeout = hookTimeout;
        _logger = logger;
        _timeProvider = timeProvider;
        _dispatch = new HookDispatch(hookTimeout, policy, logger, timeProvider, redact);
        _retiredCode = new RetiredCode(logger);
        _current = new Generation(0, [], _dispatch);
        OutsideHooks = new HookContext(_dispatch, hook: null);
    }

    /// <summary>The live set, to look at; to call it, <see cref="Lease"/>.</summary>
    public Generation Current => Volatile.Read(ref _current);

    /// <summary>How long OnLoad, OnUnload and every other hook may take.</summary>
    public TimeSpan HookTimeout => _hookTimeout;

    /// <summary>Where addon code that is no hook, such as OnLoad, goes on after it awaited.</summary>
    public SynchronizationContext OutsideHooks { get; }

    /// <summary>How many retired generations have not ended yet: flows are still on them, or OnUnload is running.</summary>
    public int Retiring => _retirements.Count;

    /// <summary>How many unloaded versions of addons are still in memory, garbage not yet collected included.</summary>
    public int RetiredVersionsInMemory => _retiredCode.StillInMemory;

    /// <summary>The keys of what the addon of that name keeps across reloads, in order.</summary>
    public IReadOnlyList<string> StateKeys(string addon) => _states.TryGetValue(addon, out var state) ? [.. state.Keys.Order(StringComparer.Ordinal)] : [];

    /// <summary>Takes the live set for the time of one flow.</summary>
    public GenerationLease Lease()
    {
        while (true)
        {
            // Fails only when the generation was replaced and drained since it was read.
            var generation = Volatile.Read(ref _current);
            if (generation.TryEnter()) return new GenerationLease(generation);
        }
    }

    /// <summary>Runs OnLoad of an addon that is not live yet. A failed addon is unloaded.</summary>
    /// <exception cref="AddonException">OnLoad threw or took longer than the hook timeout.</exception>
    public async Task LoadAsync(LoadedAddon addon)
    {
        var context = new HostAddonContext(addon.Name, _states.GetOrAdd(addon.Name, static _ => new AddonState()), _logger, addon.Stopping);
        try
        {
            await Bounded("OnLoad", addon, () => addon.LoadAsync(context));
        }
        catch (AddonException)
        {
            await UnloadAsync(addon);
            throw;
        }
    }

    /// <summary>Runs OnUnload and drops the code of an addon that belongs to no generation. A failing OnUnload is logged.</summary>
    public async Task UnloadAsync(LoadedAddon addon)
    {
        try
        {
            await Bounded("OnUnload", addon, addon.UnloadAsync);
        }
        catch (AddonException exception)
        {
            Log.UnloadFailed(_logger, exception.Message);
        }

        _retiredCode.Unload(addon);
    }

    /// <summary>
    /// Publishes <paramref name="addons"/> as the live set, after OnLoad of those that were not loaded yet. The set before drains in the
    /// background; those of its addons that are not carried over are then unloaded.
    /// </summary>
    /// <exception cref="AddonException">An OnLoad failed: the set before stays, and the new addons are unloaded.</exception>
    public Task SwapAsync(IReadOnlyList<LoadedAddon> addons) => SwapAsync(_ => addons);

    /// <summary>Publishes what <paramref name="change"/> makes of the live set; no other swap comes in between.</summary>
    /// <returns>The number of the new generation.</returns>
    /// <inheritdoc cref="SwapAsync(IReadOnlyList{LoadedAddon})" path="/exception"/>
    public async Task<int> SwapAsync(Func<IReadOnlyList<LoadedAddon>, IReadOnlyList<LoadedAddon>> change)
    {
        await _swapping.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var addons = change(Current.Addons);
            await LoadNewAsync(addons);
            return Publish(addons);
        }
        finally
        {
            _swapping.Release();
        }
    }

    /// <summary>Publishes the empty set and waits, within limits, until all addons have unloaded.</summary>
    public async ValueTask DisposeAsync()
    {
        await _swapping.WaitAsync();
        try
        {
            if (_disposed) return;
            _disposed = true;
            Publish([]);
        }
        finally
        {
            _swapping.Release();
        }

        try
        {
            await Task.WhenAll(_retirements.Keys).WaitAsync(DisposeLimit, _timeProvider);
        }
        catch (TimeoutException)
        {
            Log.NotDrained(_logger, _retirements.Count);
        }

        _dispatch.Dispose();
    }

    private async Task LoadNewAsync(IReadOnlyList<LoadedAddon> addons)
    {
        var added = addons.Where(addon => !addon.IsLoaded).ToList();
        try
        {
            foreach (var addon in added) await LoadAsync(addon);
        }
        catch (AddonException)
        {
            foreach (var addon in added.Where(addon => !addon.IsUnloaded)) await UnloadAsync(addon);
            throw;
        }
    }

    private int Publish(IReadOnlyList<LoadedAddon> addons)
    {
        _retiredCode.Check();
        var next = new Generation(Current.Number + 1, addons, _dispatch);
        var before = Interlocked.Exchange(ref _current, next);
        before.Leave();

        var retirement = RetireAsync(before);
        _retirements[retirement] = true;
        _ = retirement.ContinueWith(ended => _retirements.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return next.Number;
    }

    private async Task RetireAsync(Generation generation)
    {
        try
        {
            await generation.Drained.WaitAsync(DrainWarning, _timeProvider);
        }
        catch (TimeoutException)
        {
            Log.Draining(_logger, generation.Number, generation.References);
            await generation.Drained;
        }

        foreach (var addon in generation.Addons)
        {
            if (addon.LeaveGeneration()) await UnloadAsync(addon);
        }
    }

    /// <summary>Runs in the thread pool, so that the time is limited even when the addon blocks.</summary>
    private async Task Bounded(string hook, LoadedAddon addon, Func<Task> action)
    {
        var call = Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(OutsideHooks);
            return action();
        });
        try
        {
            await call.WaitAsync(_hookTimeout, _timeProvider);
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            throw AddonException.TimedOut(addon, hook, _hookTimeout);
        }
        catch (Exception exception)
        {
            // Addon code throws anything.
            throw AddonException.From(addon, hook, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Generation {Number} was replaced {Seconds} s ago and {Count} flows are still on it; it stays in memory until they end")]
        private static partial void StillDraining(ILogger logger, int number, double seconds, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} generations of addons did not end in time; their OnUnload may not have run")]
        public static partial void NotDrained(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}")]
        public static partial void UnloadFailed(ILogger logger, string failure);

        public static void Draining(ILogger logger, int number, int count) => StillDraining(logger, number, DrainWarning.TotalSeconds, count);
    }
}
