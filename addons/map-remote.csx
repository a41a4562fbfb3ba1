// map-remote.csx - send requests to another URL
//
//     scriptproxy --set map-remote.rules='|^https://api.example/|http://localhost:3000/'

public sealed record RemoteRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public required Regex Pattern { get; init; }

    // $1 is the first group, and so is mitmproxy's \1.
    public string Replacement { get; init; } = "";

    // mitmproxy's |[filter|]url-regex|replacement.
    public static RemoteRule Parse(string text)
    {
        var filter = FlowFilter.ParseRule(text, out var pattern, out var replacement);
        return new() { Filter = filter, Pattern = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), Replacement = Regex.Replace(replacement, @"\\(\d)", "$${$1}") };
    }

    public override string ToString() => $"|{Filter}|{Pattern}|{Replacement}";
}

public sealed record MapRemoteOptions
{
    [Option("Which URL becomes which: |[filter|]url-regex|replacement. All rules apply, one after the other.")]
    public RemoteRule[] Rules { get; init; } = [];
}

[Priority(30)]
public sealed class MapRemote : Addon<MapRemoteOptions>
{
    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Response is not null) return;
        foreach (var rule in Options.Rules)
        {
            if (!await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            var url = flow.Request.Url;
            var mapped = rule.Pattern.Replace(url, rule.Replacement);
            if (mapped == url) continue;

            // Not an absolute URL any more: fails the flow and names the rule's addon.
            flow.Request.Url = mapped;
            flow.Tags.Add("mapped");
        }
    }
}
