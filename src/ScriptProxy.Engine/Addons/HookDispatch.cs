using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Addons;

/// <summary>What all hook calls have in common: how long they may take, what their failure means, who watches them.</summary>
internal sealed partial class HookDispatch(TimeSpan timeout, AddonErrorPolicy policy, ILogger logger, TimeProvider timeProvider) : IDisposable
{
    private const int MostBlockedCalls = 512;

    public HookWatchdog Watchdog { get; } = new(logger, timeProvider);

    public BlockingThreads BlockingThreads { get; } = new(MostBlockedCalls);

    /// <summary>Waits for the rest of a call that did not complete at once, up to the hook timeout. The call itself cannot be ended and goes on.</summary>
    /// <exception cref="AddonException">The time is over.</exception>
    public async ValueTask WaitAsync(BoundHook hook, Task call)
    {
        try
        {
            await call.WaitAsync(timeout, timeProvider);
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            _ = call.ContinueWith(
                late => Log.FailedLate(logger, AddonException.From(hook, late.Exception!).Message),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
            throw AddonException.TimedOut(hook, timeout);
        }
    }

    /// <summary>Takes note of an inline call that held up its thread.</summary>
    public void RanLong(BoundHook hook, long elapsedMilliseconds, long now)
    {
        if (hook.Pace.RanLongInline(elapsedMilliseconds, now)) Log.RunsApart(logger, hook.Addon.Name, hook.Name, elapsedMilliseconds);
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
        if (!hook.Observes && policy == AddonErrorPolicy.Fail) throw failure;
        if (hook.MayLogFailure(Environment.TickCount64, out var unreported)) Log.Failed(logger, failure.Message, unreported);
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
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure} [{Unreported} more before it]")]
        private static partial void FailedOften(ILogger logger, string failure, int unreported);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}")]
        private static partial void FailedOnce(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}; its time was over already")]
        public static partial void FailedLate(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}; nobody awaited it ('async void'?)")]
        public static partial void FailedApart(ILogger logger, string failure);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Addon}: {Hook} held up its thread for {Milliseconds} ms and runs on threads of its own for a while")]
        public static partial void RunsApart(ILogger logger, string addon, string hook, long milliseconds);

        public static void Failed(ILogger logger, string failure, int unreported)
        {
            if (unreported == 0) FailedOnce(logger, failure);
            else FailedOften(logger, failure, unreported);
        }
    }
}
