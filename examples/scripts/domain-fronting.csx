// domain-fronting.csx - name one host in DNS and TLS, and ask for another one inside
//
//     scriptproxy -s examples/scripts/domain-fronting.csx --set domain-fronting.fronts='{hidden.example: front.example}'

record Options { [Option("The host to connect to, by the host that is meant.")] public Dictionary<string, string> Fronts { get; init; } = []; }
Options options = new();

void OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    if (!options.Fronts.TryGetValue(request.Host, out var front)) return;

    var meant = request.Headers["Host"];
    request.Host = front;               // dialled, sent as SNI, checked in the certificate; the Host header follows
    request.Headers["Host"] = meant;    // and is put back
}
