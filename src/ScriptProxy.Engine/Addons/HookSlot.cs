namespace ScriptProxy.Engine.Addons;

/// <summary>What hook one thread is in the synchronous part of. Written by that thread for a few nanoseconds a call, read by the watchdog.</summary>
internal sealed class HookSlot(Thread thread, int cell)
{
    private BoundHook? _hook;
    private long _since;

    /// <summary>The thread, to forget the slot when it ended.</summary>
    public Thread Thread => thread;

    /// <summary>Where the thread counts calls, in every <see cref="HookCounters"/>.</summary>
    public int Cell => cell;

    /// <summary>The watchdog's own notes: which call it last named and when it will name it again, in milliseconds of its being busy.</summary>
    public long ReportedSince { get; set; } = long.MinValue;

    /// <inheritdoc cref="ReportedSince"/>
    public long NextReport { get; set; }

    /// <summary>Begins a call. A hook can be entered within another; what is returned goes to <see cref="Exit"/>.</summary>
    public (BoundHook? Hook, long Since) Enter(BoundHook hook, long now)
    {
        var outer = (_hook, _since);
        _since = now;
        Volatile.Write(ref _hook, hook);
        return outer;
    }

    /// <summary>Ends a call.</summary>
    public void Exit((BoundHook? Hook, long Since) outer)
    {
        _hook = outer.Hook;
        Volatile.Write(ref _since, outer.Since);
    }

    /// <summary>The call under way, seen from another thread.</summary>
    public bool TryRead(out BoundHook hook, out long since)
    {
        hook = Volatile.Read(ref _hook)!;
        since = Volatile.Read(ref _since);
        return hook is not null && ReferenceEquals(Volatile.Read(ref _hook), hook);
    }
}
