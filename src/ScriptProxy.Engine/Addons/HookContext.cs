namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Where a hook goes on after it awaited: in the thread pool, or with its like when it blocks. Without it the code after an await would run
/// on whatever thread completed the wait, which for anything read from a socket is one of those that poll all sockets.
/// </summary>
/// <param name="dispatch">Where hooks that block run, and who watches.</param>
/// <param name="hook">Whose code it is, to be named by the watchdog; null for code outside hooks, such as OnLoad.</param>
internal sealed class HookContext(HookDispatch dispatch, BoundHook? hook) : SynchronizationContext
{
    /// <summary>The hook that runs here; null for code outside hooks.</summary>
    public BoundHook? Hook => hook;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (hook is { Pace.Blocks: true }) dispatch.BlockingThreads.Queue(() => Run(d, state));
        else ThreadPool.UnsafeQueueUserWorkItem(static work => work.Context.Run(work.Callback, work.State), (Context: this, Callback: d, State: state), preferLocal: true);
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    private void Run(SendOrPostCallback callback, object? state)
    {
        var slot = hook is null ? null : dispatch.Watchdog.Slot;
        var outer = slot?.Enter(hook!, Environment.TickCount64) ?? default;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            // An await never throws here; an 'async void' method does, and would end the process.
            dispatch.FailedApart(hook, exception);
        }
        finally
        {
            SetSynchronizationContext(null);
            slot?.Exit(outer);
        }
    }
}
