namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>The time of one try, until the response head: cuts the connection in use when it is over.</summary>
internal sealed class TryTimer : IDisposable
{
    // A connection that is still being dialled when the time is over is cut as soon as it is there.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private const int Running = 0;
    private const int Done = 1;
    private const int Over = 2;

    private readonly ExchangeDeadline _deadline;
    private readonly ITimer _timer;
    private int _state;

    private TryTimer(ExchangeDeadline deadline, TimeSpan limit, TimeProvider time)
    {
        _deadline = deadline;
        _timer = time.CreateTimer(static state => ((TryTimer)state!).Cut(), this, limit, Again);
    }

    /// <summary>Whether the time is over.</summary>
    public bool IsOver => Volatile.Read(ref _state) == Over;

    /// <summary>Starts one; null when there is no limit.</summary>
    public static TryTimer? Start(ExchangeDeadline deadline, TimeSpan? limit, TimeProvider time) => limit is { } some ? new TryTimer(deadline, some, time) : null;

    /// <summary>The head is there.</summary>
    /// <returns>Whether it came in time; from then on nothing is cut.</returns>
    public bool TryFinish()
    {
        _timer.Dispose();
        return Interlocked.CompareExchange(ref _state, Done, Running) != Over;
    }

    public void Dispose() => TryFinish();

    private void Cut()
    {
        if (Interlocked.CompareExchange(ref _state, Over, Running) != Done) _deadline.Upstream?.Abort();
    }
}
