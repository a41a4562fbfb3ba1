// sticky-auth.csx - remember the Authorization of each host and send it along with later requests that have none
//
//     scriptproxy --set sticky-auth.filter='~d api.example'

using System.Collections.Concurrent;

public sealed record StickyAuthOptions
{
    [Option("Requests whose Authorization is remembered and sent along; left out: none.")]
    public FlowFilter? Filter { get; init; }
}

[Priority(38)]
public sealed class StickyAuth : Addon<StickyAuthOptions>
{
    private const int MostHosts = 10_000;

    // Scheme, host and port -> value: what was meant for https never goes out in the clear. Survives reloads.
    private ConcurrentDictionary<string, string> _values = new();

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _values = context.State.GetOrAdd("authorization", () => _values);
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (Options.Filter is not { } filter || !await filter.MatchesAsync(flow, flow.Aborted)) return;
        var origin = $"{flow.Request.Scheme}://{flow.Request.Host}:{flow.Request.Port}";
        if (flow.Request.Headers["Authorization"] is { } value)
        {
            if (_values.Count < MostHosts || _values.ContainsKey(origin)) _values[origin] = value;
        }
        else if (_values.TryGetValue(origin, out var known))
        {
            flow.Request.Headers["Authorization"] = known;
        }
    }
}
