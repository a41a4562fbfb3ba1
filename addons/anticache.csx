// anticache.csx - origins answer in full: the client's validators are removed
//
//     scriptproxy --set anticache.enabled

public sealed record AntiCacheOptions
{
    [Option("Remove what lets origins answer 304 Not Modified.")]
    public bool Enabled { get; init; }

    [Option("Only for requests that match; left out: all.")]
    public FlowFilter? Filter { get; init; }
}

[Priority(40)]
public sealed class AntiCache : Addon<AntiCacheOptions>
{
    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (!Options.Enabled || (Options.Filter is { } filter && !await filter.MatchesAsync(flow, flow.Aborted))) return;

        // RFC 9110 §13.1: without them the answer is 200 with the whole body.
        flow.Request.Headers.Remove("If-None-Match");
        flow.Request.Headers.Remove("If-Modified-Since");
    }
}
