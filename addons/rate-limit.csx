// rate-limit.csx - let each client, host or API key make so many requests in a while, and answer 429 beyond
//
//     scriptproxy --set rate-limit.rules='{filter: ~d api.example, requests: 100, window: 60}'

using System.Collections.Concurrent;

public sealed record RateRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    [Option("Requests within a window; as many may come at once.", Min = 1)]
    public required int Requests { get; init; }

    [Option("How long a window is, in seconds.", Min = 0.001, Max = 86400)]
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(1);

    // What is counted apart: client (address), host, all (together), or the name of a request header field.
    public string By { get; init; } = "client";
}

public sealed record RateLimitOptions
{
    [Option("How many requests of whom pass. Every rule that matches counts.")]
    public RateRule[] Rules { get; init; } = [];
}

[Priority(75)]
public sealed class RateLimit : Addon<RateLimitOptions>
{
    private const int MostCounted = 100_000;

    // A bucket is the time at which it will be empty again (generic cell rate algorithm). Survives reloads.
    private ConcurrentDictionary<(int Rule, string Key), long> _emptyAt = new();

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _emptyAt = context.State.GetOrAdd("buckets", () => _emptyAt);
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Response is not null) return;
        for (var i = 0; i < Options.Rules.Length; i++)
        {
            var rule = Options.Rules[i];
            if (!await rule.Filter.MatchesAsync(flow, flow.Aborted) || Take(i, rule, KeyOf(rule, flow)) is not { } wait) continue;
            var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
            flow.Respond(429, "Too many requests.\n"u8.ToArray(), [new("Content-Type", "text/plain"), new("Retry-After", $"{seconds}")]);
            flow.Tags.Add("limited");
            return;
        }
    }

    /// <summary>Counts a request; how long to wait where it is too many.</summary>
    private TimeSpan? Take(int rule, RateRule limit, string key)
    {
        var now = Environment.TickCount64 * TimeSpan.TicksPerMillisecond;
        var interval = limit.Window.Ticks / limit.Requests;
        if (_emptyAt.Count > MostCounted) Forget(now);
        while (true)
        {
            var known = _emptyAt.TryGetValue((rule, key), out var emptyAt);
            var next = Math.Max(emptyAt, now) + interval;
            if (next - now > limit.Window.Ticks) return new TimeSpan(next - now - limit.Window.Ticks);
            if (known ? _emptyAt.TryUpdate((rule, key), next, emptyAt) : _emptyAt.TryAdd((rule, key), next)) return null;
        }
    }

    private void Forget(long now)
    {
        foreach (var (key, emptyAt) in _emptyAt)
        {
            if (emptyAt <= now) _emptyAt.TryRemove(key, out _);
        }

        // All of them busy: forgetting them is kinder than growing without end.
        if (_emptyAt.Count > MostCounted) _emptyAt.Clear();
    }

    private static string KeyOf(RateRule rule, HttpFlow flow) => rule.By switch
    {
        "client" => flow.Client.RemoteEndPoint.Address.ToString(),
        "host" => flow.Request.Host,
        "all" => "",
        var name => flow.Request.Headers[name] ?? "",
    };
}
