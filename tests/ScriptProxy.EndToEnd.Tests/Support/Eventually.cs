namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>Waiting for what must happen. Only tests that fail wait until the end.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Polls until the condition holds.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="problem">Says what was seen instead, when the time is over.</param>
    public static Task TrueAsync(Func<bool> condition, Func<string> problem) => TrueAsync(() => Task.FromResult(condition()), problem, Patience);

    /// <summary>Polls until the condition holds.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="problem">Says what was seen instead, when the time is over.</param>
    /// <param name="patience">How long.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> problem, TimeSpan patience)
    {
        var end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!await condition())
        {
            if (Environment.TickCount64 > end) Assert.Fail($"Waited {patience.TotalSeconds} s in vain. {problem()}");
            await Task.Delay(PollInterval);
        }
    }
}
