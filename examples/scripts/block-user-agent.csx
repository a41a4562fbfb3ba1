// block-user-agent.csx - refuse programs by the name they give themselves
//
//     scriptproxy -s examples/scripts/block-user-agent.csx --set block-user-agent.pattern='curl|wget'

record Options { [Option("What a refused User-Agent contains.")] public Regex Pattern { get; init; } = new("bot|crawler|spider", RegexOptions.IgnoreCase); }
Options options = new();

void OnRequest(HttpFlow flow)
{
    if (flow.Request.Headers["User-Agent"] is { } agent && options.Pattern.IsMatch(agent)) flow.Block("This program is not welcome.");
}
