namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Decides where one hook runs. Socket completions run inline on the threads that poll the sockets, so a hook that blocks there stalls
/// other connections. A hook starts on probation in the thread pool, earns inline calls by being quick, and loses them by being slow; one
/// that keeps being slow runs on threads for such hooks, each time for twice as long. Only the synchronous part counts: what runs until the
/// hook first awaits something unfinished.
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
    // probation. Strikes that keep coming, or one call that nothing but blocking explains, set the hook apart: for half a minute at first,
    // since a machine that was busy may not stay so, and for twice as long each time it earns its way back and fails again.
    private const int MostStrikes = 5;
    private const long StrikeLifeMilliseconds = 10_000;
    private const long FirstTimeApartMilliseconds = 30_000;
    private const int MostDoublings = 7;

    private readonly Lock _gate = new();
    private volatile bool _runsInline;
    private volatile bool _isApart;
    private long _apartUntil;
    private int _timesApart;
    private int _calls;
    private int _quickCalls;
    private int _strikes;
    private long _lastStrike;

    public bool RunsInline => _runsInline;

    /// <summary>Whether it blocks or runs long, and is called on threads for such hooks.</summary>
    public bool Blocks => mayBlock || _isApart;

    /// <summary>Takes note of a call that did not run inline.</summary>
    /// <param name="synchronousPart">How long it held its thread.</param>
    /// <param name="now">In <see cref="Environment.TickCount64"/> milliseconds.</param>
    public void RanElsewhere(TimeSpan synchronousPart, long now)
    {
        if (mayBlock) return;
        lock (_gate)
        {
            if (_runsInline || (_isApart && now < _apartUntil)) return;
            _isApart = false;
            _calls++;
            _quickCalls = synchronousPart.TotalMilliseconds < QuickMilliseconds ? _quickCalls + 1 : 0;
            if (_calls >= ProbationCalls && _quickCalls >= QuickCallsInARow) _runsInline = true;
            else if (_calls >= MostProbationCalls) SetApart(now);
        }
    }

    /// <summary>Whether a call that ran inline was long enough for <see cref="RanLongInline"/>.</summary>
    public static bool IsLong(long elapsedMilliseconds) => elapsedMilliseconds >= LongMilliseconds;

    /// <summary>Takes note of a call that held up its thread.</summary>
    /// <returns>Whether this set the hook apart.</returns>
    public bool RanLongInline(long elapsedMilliseconds, long now)
    {
        lock (_gate)
        {
            if (Blocks) return false;
            _strikes = _strikes > 0 && now - _lastStrike < StrikeLifeMilliseconds ? _strikes + 1 : 1;
            _lastStrike = now;
            _runsInline = false;
            _calls = 0;
            _quickCalls = 0;
            if (elapsedMilliseconds >= BlockedMilliseconds || _strikes >= MostStrikes) SetApart(now);
            return _isApart;
        }
    }

    private void SetApart(long now)
    {
        _isApart = true;
        _strikes = 0;
        _calls = 0;
        _quickCalls = 0;
        _apartUntil = now + (FirstTimeApartMilliseconds << Math.Min(_timesApart++, MostDoublings));
    }
}
