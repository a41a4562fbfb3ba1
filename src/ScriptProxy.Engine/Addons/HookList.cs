using System.Diagnostics;

namespace ScriptProxy.Engine.Addons;

/// <summary>All hooks for one moment, in addon order. The one way in which addons are called.</summary>
internal sealed class HookList<T>
{
    private readonly HookDispatch _dispatch;
    private readonly BoundHook<T>[] _hooks;

    public HookList(HookDispatch dispatch, BoundHook<T>[] hooks)
    {
        _dispatch = dispatch;
        _hooks = hooks;
        foreach (var hook in hooks) hook.Enter(dispatch);
    }

    /// <summary>Whether nobody listens, so that what only hooks need can be left out.</summary>
    public bool IsEmpty => _hooks.Length == 0;

    /// <summary>Runs the hooks one after the other. Completes synchronously, allocating nothing, while they do.</summary>
    /// <exception cref="AddonException">A hook that can change traffic threw or timed out, and the policy is to fail.</exception>
    /// <exception cref="OperationCanceledException">The flow was aborted and the hook gave up waiting.</exception>
    public ValueTask RunAsync(T argument)
    {
        for (var i = 0; i < _hooks.Length; i++)
        {
            var hook = _hooks[i];
            if (!hook.RunsInline) return RunFromAsync(i, argument);
            var call = CallInline(hook, argument);
            if (!call.IsCompletedSuccessfully) return ContinueAsync(call, i, argument);
            call.GetAwaiter().GetResult();
            if (hook.Breaker.HasFailures) _dispatch.Recovered(hook);
        }

        return default;
    }

    private async ValueTask ContinueAsync(ValueTask call, int index, T argument)
    {
        await FinishAsync(_hooks[index], call, argument);
        await RunFromAsync(index + 1, argument);
    }

    private async ValueTask RunFromAsync(int index, T argument)
    {
        for (var i = index; i < _hooks.Length; i++)
        {
            var hook = _hooks[i];
            if (!hook.Breaker.Allows(Environment.TickCount64)) _dispatch.Skipped(hook);
            else if (hook.Traits.IsSerial) await RunInTurnAsync(hook, argument);
            else await FinishAsync(hook, Call(hook, argument), argument);
        }
    }

    private async ValueTask RunInTurnAsync(BoundHook<T> hook, T argument)
    {
        try
        {
            await _dispatch.EnterAsync(hook, argument);
        }
        catch (Exception exception) when (exception is AddonException or OperationCanceledException)
        {
            _dispatch.Failed(hook, exception, argument);
            return;
        }

        // A call that is given up on still runs: the next one's turn comes when it has really ended.
        var call = Call(hook, argument).AsTask();
        _ = call.ContinueWith(
            static (_, turn) => ((SemaphoreSlim)turn!).Release(), hook.Addon.Turn, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await FinishAsync(hook, new ValueTask(call), argument);
    }

    private ValueTask Call(BoundHook<T> hook, T argument) => hook.Pace.RunsInline ? CallInline(hook, argument) : new ValueTask(CallElsewhereAsync(hook, argument));

    private ValueTask CallInline(BoundHook<T> hook, T argument)
    {
        var slot = _dispatch.Watchdog.Slot;
        var isSample = hook.Counters!.CountInline(slot.Cell);
        var sampled = isSample ? Stopwatch.GetTimestamp() : 0;
        var started = Environment.TickCount64;
        var outer = slot.Enter(hook, started);
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(hook.Context);
        try
        {
            return hook.Body(argument);
        }
        catch (Exception exception)
        {
            // Addon code throws anything; FinishAsync says what it comes to.
            return ValueTask.FromException(exception);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            slot.Exit(outer);
            if (isSample) hook.Counters.AddSample(Stopwatch.GetTimestamp() - sampled);
            var now = Environment.TickCount64;
            if (HookPace.IsLong(now - started)) _dispatch.RanLong(hook, now - started, now);
        }
    }

    private async Task CallElsewhereAsync(BoundHook<T> hook, T argument)
    {
        // Hops even from a thread of the pool: the caller's timeout then covers a hook that blocks.
        if (hook.Pace.Blocks) await _dispatch.BlockingThreads.Enter();
        else await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await CallMeasured(hook, argument);
    }

    private ValueTask CallMeasured(BoundHook<T> hook, T argument)
    {
        var slot = _dispatch.Watchdog.Slot;
        var outer = slot.Enter(hook, Environment.TickCount64);
        var started = Stopwatch.GetTimestamp();
        SynchronizationContext.SetSynchronizationContext(hook.Context);
        try
        {
            return hook.Body(argument);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
            var elapsed = Stopwatch.GetTimestamp() - started;
            hook.Counters!.CountElsewhere(elapsed);
            hook.Pace.RanElsewhere(Stopwatch.GetElapsedTime(0, elapsed), Environment.TickCount64);
            slot.Exit(outer);
        }
    }

    private async ValueTask FinishAsync(BoundHook<T> hook, ValueTask call, T argument)
    {
        try
        {
            if (call.IsCompleted) await call;
            else await _dispatch.WaitAsync(hook, call.AsTask(), argument);
            if (hook.Breaker.HasFailures) _dispatch.Recovered(hook);
        }
        catch (Exception exception)
        {
            // Addon code throws anything.
            _dispatch.Failed(hook, exception, argument);
        }
    }
}
