// map-host.csx - send the requests for one site to another; the Host header follows
//
//     scriptproxy -s examples/scripts/map-host.csx --set map-host.hosts='{www.example: staging.example}'

record Options
{
    [Option("The host that is asked instead, by host.")]
    public Dictionary<string, string> Hosts { get; init; } = [];
}

Options options = new();

void OnRequest(HttpFlow flow)
{
    if (options.Hosts.TryGetValue(flow.Request.Host, out var other)) flow.Request.Host = other;
}
