// upstream.csx - reach a site at another address; the request, its Host, SNI and certificate check stay as they are
//
//     scriptproxy -s examples/scripts/upstream.csx --set upstream.routes='{host: api.example, to: 10.0.0.7, port: 8443}'

record Route(string Host, string To, int? Port = null);

record Options { [Option("Where to connect instead, by host.")] public IReadOnlyList<Route> Routes { get; init; } = []; }
Options options = new();

void OnUpstreamConnecting(UpstreamConnect connect)
{
    var route = options.Routes.FirstOrDefault(route => route.Host.Equals(connect.Host, StringComparison.OrdinalIgnoreCase));
    if (route is not null) connect.ConnectTo(route.To, route.Port);
}
