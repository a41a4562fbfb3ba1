// anticomp.csx - origins answer without compression, so that bodies can be read on the wire and in captures
//
//     scriptproxy --set anticomp.enabled

public sealed record AntiCompOptions
{
    [Option("Ask origins not to compress.")]
    public bool Enabled { get; init; }

    [Option("Only for requests that match; left out: all.")]
    public FlowFilter? Filter { get; init; }
}

[Priority(40)]
public sealed class AntiComp : Addon<AntiCompOptions>
{
    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (!Options.Enabled || (Options.Filter is { } filter && !await filter.MatchesAsync(flow, flow.Aborted))) return;

        // RFC 9110 §12.5.3. Without the field an origin might choose any coding.
        flow.Request.Headers["Accept-Encoding"] = "identity";
    }
}
