namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// How many retries may be under way: a share of all requests under way, so that retries never multiply the load of a cluster that is down, but
/// always a few; and never more than the limit. Called under the cluster's lock.
/// </summary>
internal sealed class RetryBudget(int percent, int least, int most)
{
    /// <summary>How many are under way.</summary>
    public int Active { get; private set; }

    /// <summary>Takes a place.</summary>
    /// <param name="requests">How many requests are under way, this one included.</param>
    public bool TryTake(int requests)
    {
        var allowed = Math.Min(most, Math.Max(least, (long)requests * percent / 100));
        if (Active >= allowed) return false;
        Active++;
        return true;
    }

    /// <summary>Gives the place back.</summary>
    public void Return() => Active--;
}
