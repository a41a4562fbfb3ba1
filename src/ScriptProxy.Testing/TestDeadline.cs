namespace ScriptProxy.Testing;

/// <summary>How long tests wait for what must happen: long enough for a busy machine, since only failing tests wait that long.</summary>
internal static class TestDeadline
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Polls until there is something.</summary>
    /// <param name="find">Returns null while there is not.</param>
    /// <param name="problem">Says what was missing, when the time is over.</param>
    public static async Task<T> PollAsync<T>(Func<T?> find, Func<string> problem)
        where T : class
    {
        var end = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        while (true)
        {
            if (find() is { } found) return found;
            if (Environment.TickCount64 > end) throw new TimeoutException($"{problem()} Waited {Limit.TotalSeconds} s.");
            await Task.Delay(PollInterval);
        }
    }
}
