using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Addons;

/// <summary>What all hook calls have in common: how long they may take, what their failure means, who watches and who counts them.</summary>
/// <param name="timeout">How long a hook may take that says nothing else.</param>
/// <param name="policy">What the failure of a hook means that says nothing else.</param>
/// <param name="logger">Where failures go.</param>
/// <param name="timeProvider">The clock of timeouts.</param>
/// <param name="redact">Takes the secrets of a flow out of a message; null where there are none.</param>
internal sealed partial class HookDispatch(
    TimeSpan timeout, AddonErrorPolicy policy, ILogger logger, TimeProvider timeProvider, Func<HttpFlow, string, string>? redact = null) : IDisposable
{
    private const int MostBlockedCalls = 512;

    public HookWatchdog Watchdog { get; } = new(logger, timeProvider);

    public AddonMetrics Metrics { get; } = new();

    public BlockingThreads BlockingThreads { get; } = new(MostBlockedCalls);

    /// <summary>Waits until no other serial hook of the addon runs; the caller releases <see cref="LoadedAddon.Turn"/> when its call has ended.</summary>
    /// <exception cref="AddonException">The turn did not come in time.</exception>
    /// <exception cref="OperationCanceledException">The flow was aborted meanwhile.</exception>
    public ValueTask EnterAsync<T>(BoundHook hook, T argument) =>
        hook.Addon.Turn.Wait(0) ? default : new ValueTask(WaitForTurnAsync(hook, (argument as HttpFlow)?.Aborted ?? CancellationToken.None));

    /// <summary>Waits for the rest of a call that did not complete at once, up to the hook timeout. The call itself cannot be ended and goes on.</summary>
    /// <exception cref="AddonException">The time is over.</exception>
    public async ValueTask WaitAsync<T>(BoundHook hook, Task call, T argument)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await call.WaitAsync(TimeoutOf(hook), timeProvider);
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            _ = call.ContinueWith(
                late => Log.FailedLate(logger, Shown(AddonException.From(hook, late.Exception!), argument as HttpFlow)),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
            throw AddonException.TimedOut(hook, TimeoutOf(hook));
        }
        finally
        {
            hook.Counters!.AddWait(Stopwatch.GetTimestamp() - started);
        }
    }

    /// <summary>Takes note of an inline call that held up its thread.</summary>
    public void RanLong(BoundHook hook, long elapsedMilliseconds, long now)
    {
        if (hook.Pace.RanLongInline(elapsedMilliseconds, now)) Log.RunsApart(logger, hook.Addon.Name, hook.Name, elapsedMilliseconds);
    }

    /// <summary>Takes note of a success after failures.</summary>
    public void Recovered(BoundHook hook)
    {
        if (hook.Breaker.Succeeded()) Log.CircuitClosed(logger, hook.Addon.Name, hook.Name);
    }

    /// <summary>What a call comes to that is not made because the hook's circuit is open.</summary>
    /// <returns>Normally, when the next hook is to run all the same.</returns>
    /// <exception cref="AddonException">The failure counts.</exception>
    public void Skipped(BoundHook hook)
    {
        hook.Counters!.CountSkipped();
        if (Counts(hook)) throw AddonException.CircuitOpen(hook);
    }

    /// <summary>What a failed call comes to.</summary>
    /// <returns>Normally, when the next hook is to run all the same.</returns>
    /// <exception cref="AddonException">The failure counts.</exception>
    public void Failed<T>(BoundHook hook, Exception exception, T argument)
    {
        // The client left and the hook, waiting with flow.Aborted, gave up: nobody's fault.
        var gaveUp = exception is OperationCanceledException && argument is HttpFlow { Aborted.IsCancellationRequested: true };
        if (gaveUp && hook.Observes) return;
        if (gaveUp) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);

        var failure = exception as AddonException ?? AddonException.From(hook, exception);
        if (failure.IsTimeout) hook.Counters!.CountTimeout();
        else hook.Counters!.CountError();
        Report(hook, failure, argument as HttpFlow);

        var now = Environment.TickCount64;
        if (!IsOfTraffic(failure) && hook.Breaker.Failed(now)) Log.CircuitOpened(logger, hook.Addon.Name, hook.Name, CircuitBreaker.FailuresToOpen, Counts(hook) ? "its traffic fails" : "it is left out");
        if (Counts(hook)) throw failure;
    }

    /// <summary>What a failure outside every call comes to: an 'async void' method threw.</summary>
    public void FailedApart(BoundHook? hook, Exception exception)
    {
        var failure = hook is null ? AddonException.Describe(exception) : AddonException.From(hook, exception).Message;
        Log.FailedApart(logger, failure);
    }

    public void Dispose()
    {
        Watchdog.Dispose();
        BlockingThreads.Dispose();
        Metrics.Dispose();
    }

    private TimeSpan TimeoutOf(BoundHook hook) => hook.Traits.Timeout ?? timeout;

    /// <summary>Whether the failure of a hook is one of its traffic.</summary>
    private bool Counts(BoundHook hook) => !hook.Observes && (hook.Traits.OnFailure is { } outcome ? outcome == OnFailure.Fail : policy == AddonErrorPolicy.Fail);

    private async Task WaitForTurnAsync(BoundHook hook, CancellationToken aborted)
    {
        var turn = hook.Addon.Turn.WaitAsync(aborted);
        try
        {
            await turn.WaitAsync(TimeoutOf(hook), timeProvider, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // Should the turn come after all, it is passed on.
            _ = turn.ContinueWith(
                static (_, waiting) => ((SemaphoreSlim)waiting!).Release(), hook.Addon.Turn, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw AddonException.WaitedTooLong(hook, TimeoutOf(hook));
        }
    }

    /// <summary>Whether what the network sent, rather than the addon, is at fault: whoever sends it must not be able to open the circuit.</summary>
    private static bool IsOfTraffic(AddonException failure) => failure.InnerException is FlowException or BrokenBodyException or BodyTooLargeException or InvalidDataException or JsonException;

    /// <summary>The message of a failure as the log may show it.</summary>
    private string Shown(AddonException failure, HttpFlow? flow) => flow is null ? failure.Message : $"{flow.Id}: {redact?.Invoke(flow, failure.Message) ?? failure.Message}";

    private void Report(BoundHook hook, AddonException failure, HttpFlow? flow)
    {
        // A client that leaves while its body is read makes the reading fail: everyday life.
        if (failure.InnerException is FlowException or BrokenBodyException)
        {
            var interruption = Shown(failure, flow);
            Log.Interrupted(logger, interruption);
            return;
        }

        if (!hook.MayLogFailure(Environment.TickCount64, out var unreported)) return;
        var problem = Shown(failure, flow);
        if (unreported == 0) Log.FailedOnce(logger, problem);
        else Log.FailedOften(logger, problem, unreported);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure} [{Unreported} more before it]")]
        public static partial void FailedOften(ILogger logger, string failure, int unreported);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}")]
        public static partial void FailedOnce(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Failure}")]
        public static partial void Interrupted(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}; its time was over already")]
        public static partial void FailedLate(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}; nobody awaited it ('async void'?)")]
        public static partial void FailedApart(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Addon}: {Hook} failed {Times} times in a row and is not called any more: {Consequence}, until the addon is saved anew, or one of the calls that are tried every 30 s succeeds")]
        public static partial void CircuitOpened(ILogger logger, string addon, string hook, int times, string consequence);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Addon}: {Hook} works again and is called as before")]
        public static partial void CircuitClosed(ILogger logger, string addon, string hook);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Addon}: {Hook} held up its thread for {Milliseconds} ms and runs on threads of its own for a while")]
        public static partial void RunsApart(ILogger logger, string addon, string hook, long milliseconds);
    }
}
