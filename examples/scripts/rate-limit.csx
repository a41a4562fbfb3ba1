// rate-limit.csx - let each client make so many requests in a while, and answer 429 beyond
//
//     scriptproxy -s examples/scripts/rate-limit.csx --set rate-limit.requests=100 --set rate-limit.window=60

using System.Net;

public sealed record RateLimitOptions
{
    [Option("Requests of one address within a window.", Min = 1)]
    public int Requests { get; init; } = 50;

    [Option("How long a window is, in seconds.", Min = 1, Max = 86400)]
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(1);
}

public sealed class RateLimit : Addon<RateLimitOptions>
{
    private readonly Dictionary<IPAddress, int> _counts = [];
    private long _windowStarted = Environment.TickCount64;

    // One call at a time, so the counts need no lock.
    [Serial]
    public override ValueTask OnRequestAsync(HttpFlow flow)
    {
        var elapsed = Environment.TickCount64 - _windowStarted;
        if (elapsed >= Options.Window.TotalMilliseconds)
        {
            _counts.Clear();
            _windowStarted += elapsed;
            elapsed = 0;
        }

        var client = flow.Client.RemoteEndPoint.Address;
        var count = _counts[client] = _counts.GetValueOrDefault(client) + 1;
        if (count > Options.Requests)
        {
            var secondsLeft = Math.Ceiling((Options.Window.TotalMilliseconds - elapsed) / 1000);
            flow.Respond(429, "Too many requests.\n"u8.ToArray(), [new("Content-Type", "text/plain"), new("Retry-After", $"{secondsLeft}")]);
        }

        return default;
    }
}
