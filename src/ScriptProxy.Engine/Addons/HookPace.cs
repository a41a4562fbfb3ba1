namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Decides where one hook runs. Socket completions run inline on the threads that poll the sockets, so a hook that blocks there stalls
/// other connections. A hook starts on probation in the thread pool, earns inline calls by being quick, and loses them by being slow.
/// Only the synchronous part counts: what runs until the hook first awaits something unfinished.
/// </summary>
internal sealed class HookPace(bool mayBlock)
{
    /// <summary>How many calls go through the thread pool before the first one runs inline; the first ones also pay for compilation.</summary>
    public const int ProbationCalls = 32;

    /// <summary>How many of the last calls on probation must have been quick.</summary>
    public const int QuickCallsInARow = 8;

    private const double QuickMilliseconds = 5;
    private const double LongMilliseconds = 10;
    private const double BlockedMilliseconds = 100;

    // A garbage collection or a busy machine can make any call look long, so one call of 10 ms is a strike; three within a minute, or one
    // call that nothing but blocking explains, end inline calls for good.
    private const int MostStrikes = 3;
    private const long StrikeLifeMilliseconds = 60_000;

    private readonly Lock _gate = new();
    private volatile bool _runsInline;
    private bool _poolOnly = mayBlock;
    private int _calls;
    private int _quickCalls;
    private int _strikes;
    private long _lastStrike;

    public bool RunsInline => _runsInline;

    /// <summary>Whether calls will never run inline again.</summary>
    public bool PoolOnly
    {
        get
        {
            lock (_gate) return _poolOnly;
        }
    }

    /// <summary>Takes note of a call that ran in the thread pool.</summary>
    public void RanInPool(TimeSpan synchronousPart)
    {
        lock (_gate)
        {
            if (_poolOnly || _runsInline) return;
            _calls++;
            _quickCalls = synchronousPart.TotalMilliseconds < QuickMilliseconds ? _quickCalls + 1 : 0;
            if (_calls >= ProbationCalls && _quickCalls >= QuickCallsInARow) _runsInline = true;
        }
    }

    /// <summary>Whether a call that ran inline was long enough for <see cref="RanLongInline"/>.</summary>
    public static bool IsLong(long elapsedMilliseconds) => elapsedMilliseconds >= LongMilliseconds;

    /// <summary>Takes note of a call that held up its thread.</summary>
    /// <returns>Whether this ended inline calls for good.</returns>
    public bool RanLongInline(long elapsedMilliseconds, long now)
    {
        lock (_gate)
        {
            if (_poolOnly) return false;
            _strikes = _strikes > 0 && now - _lastStrike < StrikeLifeMilliseconds ? _strikes + 1 : 1;
            _lastStrike = now;
            _runsInline = false;
            _calls = 0;
            _quickCalls = 0;
            _poolOnly = elapsedMilliseconds >= BlockedMilliseconds || _strikes >= MostStrikes;
            return _poolOnly;
        }
    }
}
