namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// Leaves endpoints alone that failed several times in a row: for a while that grows each time, and never too many at once. Called under the
/// cluster's lock.
/// </summary>
internal sealed class OutlierDetector(OutlierOptions options, TimeProvider time)
{
    private const int MostTimesAsLong = 10;

    /// <summary>Notes an answer that was good.</summary>
    public static void Succeeded(Endpoint endpoint) => endpoint.Failures = 0;

    /// <summary>Notes a failure.</summary>
    /// <param name="endpoint">Whose.</param>
    /// <param name="all">All endpoints of the cluster.</param>
    /// <returns>For how long it is ejected because of it; null when it is not.</returns>
    public TimeSpan? Failed(Endpoint endpoint, IReadOnlyList<Endpoint> all)
    {
        if (++endpoint.Failures < options.ConsecutiveFailures || endpoint.EjectedUntil is not null || !MayEject(all)) return null;

        Forgive(endpoint);
        endpoint.Ejections = Math.Min(endpoint.Ejections + 1, MostTimesAsLong);
        var duration = options.Eject * endpoint.Ejections;
        endpoint.EjectedUntil = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        endpoint.Failures = 0;
        return duration;
    }

    /// <summary>Takes an endpoint back whose time is over.</summary>
    /// <returns>Whether it was.</returns>
    public bool TryReturn(Endpoint endpoint)
    {
        if (endpoint.EjectedUntil is not { } until || time.GetTimestamp() < until) return false;
        endpoint.EjectedUntil = null;
        endpoint.ReturnedAt = time.GetTimestamp();
        endpoint.Failures = 0;
        return true;
    }

    /// <summary>Who behaved for as long as an ejection lasts is one ejection the better.</summary>
    private void Forgive(Endpoint endpoint)
    {
        if (endpoint.Ejections == 0) return;
        var behaved = time.GetElapsedTime(endpoint.ReturnedAt);
        endpoint.Ejections -= (int)Math.Min(endpoint.Ejections, behaved / options.Eject);
    }

    private bool MayEject(IReadOnlyList<Endpoint> all)
    {
        if (options.MaxEjectedPercent == 0 || all.Count < 2) return false;
        var ejected = 0;
        foreach (var endpoint in all)
        {
            if (endpoint.EjectedUntil is not null) ejected++;
        }

        return ejected < Math.Max(1, all.Count * options.MaxEjectedPercent / 100);
    }
}
