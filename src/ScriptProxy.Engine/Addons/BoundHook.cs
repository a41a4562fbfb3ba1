namespace ScriptProxy.Engine.Addons;

/// <summary>One hook of one loaded addon with what was learned about running it. Lives as long as the addon, across generations.</summary>
internal abstract class BoundHook(LoadedAddon addon, HookKind kind, HookTraits traits)
{
    private const long QuietMilliseconds = 1000;
    private long _quietUntil = long.MinValue;
    private int _unreported;

    public LoadedAddon Addon => addon;

    /// <summary>As in a script: OnRequest, OnResponse, …</summary>
    public string Name => kind.Name;

    public bool Observes => kind.Observes;

    /// <summary>What its author declared about it.</summary>
    public HookTraits Traits { get; protected set; } = traits;

    /// <summary>Whether calls run inline or elsewhere.</summary>
    public HookPace Pace { get; } = new(addon.MayBlock);

    /// <summary>Whether it fails so often that it is not called any more.</summary>
    public CircuitBreaker Breaker { get; } = new();

    /// <summary>Whether it can be called here and now, with nothing to wait for and nothing to look at.</summary>
    public bool RunsInline => Pace.RunsInline && !Traits.IsSerial && !Breaker.IsOpen;

    /// <summary>Where the hook goes on after an await; set when the hook first enters a list.</summary>
    public HookContext? Context { get; private set; }

    /// <summary>What its calls come to; set when the hook first enters a list.</summary>
    public HookCounters? Counters { get; private set; }

    /// <summary>Makes it ready to be called.</summary>
    public void Enter(HookDispatch dispatch)
    {
        Context ??= new HookContext(dispatch, this);
        Counters ??= dispatch.Metrics.Of(addon.Name, Name);
    }

    /// <summary>Forgets the addon's code, so that whoever still holds this object does not keep the addon in memory.</summary>
    public abstract void Release();

    /// <summary>Whether a failure may be logged now. A hook that fails for every flow is logged once a second.</summary>
    /// <param name="now">Milliseconds of a monotonic clock.</param>
    /// <param name="unreported">How many failures went unlogged since the last one.</param>
    public bool MayLogFailure(long now, out int unreported)
    {
        var quietUntil = Volatile.Read(ref _quietUntil);
        if (now < quietUntil || Interlocked.CompareExchange(ref _quietUntil, now + QuietMilliseconds, quietUntil) != quietUntil)
        {
            Interlocked.Increment(ref _unreported);
            unreported = 0;
            return false;
        }

        unreported = Interlocked.Exchange(ref _unreported, 0);
        return true;
    }
}
