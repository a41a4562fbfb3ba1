// fault.csx - failures on purpose: errors, hang-ups, delays, for a share of requests
//
//     scriptproxy --set fault.rules='{filter: ~d api.example, percent: 10, status: 503}'

public sealed record FaultRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    [Option("Percentage of the flows that match.", Min = 0, Max = 100)]
    public double Percent { get; init; } = 100;

    [Option("Status to answer with; null for none.", Min = 200, Max = 599)]
    public int? Status { get; init; }

    public string Body { get; init; } = "Fault injected by the proxy.\n";

    // Close the connection without an answer.
    public bool Abort { get; init; }

    [Option("Seconds to wait first.", Min = 0, Max = 3600)]
    public TimeSpan Delay { get; init; }

    public IEnumerable<string> Validate()
    {
        if (Status is null && !Abort && Delay == TimeSpan.Zero) yield return "expected status, abort or delay";
        if (Status is not null && Abort) yield return "expected status or abort, got both";
    }
}

public sealed record FaultOptions
{
    [Option("Which flows fail, and how. Each rule that matches draws its own lot, in order, until one has answered.")]
    public FaultRule[] Rules { get; init; } = [];

    [Option("Makes the lots the same in every run; null for chance.")]
    public int? Seed { get; init; }
}

[Priority(70)]
[HookTimeout(3660)]
public sealed class Fault : Addon<FaultOptions>
{
    private readonly Lock _lock = new();
    private Random _random = Random.Shared;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        if (Options.Seed is { } seed) _random = new Random(seed);
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        foreach (var rule in Options.Rules)
        {
            if (flow.Response is not null) return;
            if (!await rule.Filter.MatchesAsync(flow, flow.Aborted) || !Draws(rule.Percent)) continue;
            flow.Tags.Add("fault");
            if (rule.Delay > TimeSpan.Zero) await Task.Delay(rule.Delay, flow.Aborted);
            if (rule.Status is { } status) flow.Respond(status, rule.Body);
            if (!rule.Abort) continue;
            flow.Abort();
            return;
        }
    }

    // A Random of one's own is not thread-safe.
    private bool Draws(double percent)
    {
        lock (_lock) return _random.NextDouble() * 100 < percent;
    }
}
