namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Decides where one hook runs. Socket completions run inline on the threads that poll the sockets, so a hook that blocks there stalls
/// other connections. A hook starts on probation in the thread pool, earns inline calls by being quick, and loses them by being slow; one
/// that keeps being slow runs on threads for such hooks. Only the synchronous part counts: what runs until the hook first awaits
/// something unfinished.
/// </summary>
/// <param name="mayBlock">Whether the code is known to block.</param>
internal sealed class HookPace(bool mayBlock)
{
    /// <summary>How many calls go through the thread pool before the first one runs inline; the first ones also pay for compilation.</summary>
    public const int ProbationCalls = 32;

    /// <summary>How many of the last calls on probation must have been quick.</summary>
    public const int QuickCallsInARow = 8;

    /// <summary>How many calls on probation a hook may need to become quick.</summary>
    public const int MostProbationCalls = 256;

    private const double QuickMilliseconds = 5;
    private const double LongMilliseconds = 10;
    private const double BlockedMilliseconds = 1000;

    // A garbage collection, a busy machine or a container's CPU quota can make any call look long, so a call of 10 ms is a strike: back to
    // probation. Strikes that keep coming, or one call that nothing but blocking explains, end inline calls for good. The more time a hook
    // takes, the likelier it is struck by accident, and the less the detour matters to it.
    private const int MostStrikes = 5;
    private const long StrikeLifeMilliseconds = 10_000;

    private readonly Lock _gate = new();
    private volatile bool _runsInline;
    private volatile bool _blocks = mayBlock;
    private int _calls;
    private int _quickCalls;
    private int _strikes;
    private long _lastStrike;

    public bool RunsInline => _runsInline;

    /// <summary>Whether it blocks or runs long, and will never again run inline or in the thread pool.</summary>
    public bool Blocks => _blocks;

    /// <summary>Takes note of a call that did not run inline.</summary>
    public void RanElsewhere(TimeSpan synchronousPart)
    {
        lock (_gate)
        {
            if (_blocks || _runsInline) return;
            _calls++;
            _quickCalls = synchronousPart.TotalMilliseconds < QuickMilliseconds ? _quickCalls + 1 : 0;
            if (_calls >= ProbationCalls && _quickCalls >= QuickCallsInARow) _runsInline = true;
            else if (_calls >= MostProbationCalls) _blocks = true;
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
            if (_blocks) return false;
            _strikes = _strikes > 0 && now - _lastStrike < StrikeLifeMilliseconds ? _strikes + 1 : 1;
            _lastStrike = now;
            _runsInline = false;
            _calls = 0;
            _quickCalls = 0;
            _blocks = elapsedMilliseconds >= BlockedMilliseconds || _strikes >= MostStrikes;
            return _blocks;
        }
    }
}
