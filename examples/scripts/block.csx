// block.csx - a policy by host
//
//     scriptproxy -s examples/scripts/block.csx

// A name stands for itself and everything below it.
string[] blocked = ["ads.example", "tracker.example"];
string[] unread = ["bank.example"];

// Before a tunnel is opened: refused hosts are not even connected to, private ones are relayed unread.
void OnConnect(ConnectFlow connect)
{
    if (Matches(connect.Host, blocked)) connect.Deny($"{connect.Host} is blocked by policy.");
    else if (Matches(connect.Host, unread)) connect.Tunnel();
}

// Plain HTTP has no tunnel, and a request in one may name another host than the tunnel did.
void OnRequest(HttpFlow flow)
{
    if (Matches(flow.Request.Host, blocked)) flow.Block($"{flow.Request.Host} is blocked by policy.");
}

static bool Matches(string host, string[] names)
{
    host = host.TrimEnd('.');
    return names.Any(name => host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
}
