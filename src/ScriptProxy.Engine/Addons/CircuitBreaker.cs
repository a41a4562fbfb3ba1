namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Keeps a hook that fails every time from being called: each call would only cost time, up to the hook timeout. Opens after failures in a row;
/// then one call now and then is let through, and closes it when it succeeds. One for each hook, because the success of another says nothing about
/// it; belongs to one loaded version, so that a reload begins with a closed one. Thread-safe.
/// </summary>
internal sealed class CircuitBreaker
{
    /// <summary>How many failures, with no success in between, open it.</summary>
    public const int FailuresToOpen = 20;

    /// <summary>How long it stays open before one call is let through, and between such calls.</summary>
    public const long TrialMilliseconds = 30_000;

    private int _failures;
    private long _nextTrial;
    private volatile bool _isOpen;

    public bool IsOpen => _isOpen;

    /// <summary>Whether a success would be news.</summary>
    public bool HasFailures => Volatile.Read(ref _failures) != 0;

    /// <summary>Whether a call may be made: always while it is closed, once in a while when it is open.</summary>
    /// <param name="now">Milliseconds of a monotonic clock.</param>
    public bool Allows(long now)
    {
        if (!_isOpen) return true;
        var nextTrial = Volatile.Read(ref _nextTrial);
        return now >= nextTrial && Interlocked.CompareExchange(ref _nextTrial, now + TrialMilliseconds, nextTrial) == nextTrial;
    }

    /// <summary>Takes note of a call that failed.</summary>
    /// <returns>Whether this opened it.</returns>
    public bool Failed(long now)
    {
        if (Interlocked.Increment(ref _failures) != FailuresToOpen) return false;
        Volatile.Write(ref _nextTrial, now + TrialMilliseconds);
        _isOpen = true;
        return true;
    }

    /// <summary>Takes note of a call that succeeded.</summary>
    /// <returns>Whether this closed it.</returns>
    public bool Succeeded()
    {
        // A call that began before it opened is no trial, but proves the same.
        var wasOpen = _isOpen;
        Volatile.Write(ref _failures, 0);
        _isOpen = false;
        return wasOpen;
    }
}
