// cors.csx - let pages of other origins call an API that does not allow it, while developing
//
//     scriptproxy -s examples/scripts/cors.csx --set cors.hosts=api.example

record Options { [Option("Hosts whose answers may be read by any page.")] public HashSet<string> Hosts { get; init; } = ["localhost"]; }
Options options = new();

// A preflight (Fetch standard, section 3.3.2) asks for permission; the API is not bothered with it.
void OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    if (!IsMeant(flow) || request.Method != "OPTIONS" || request.Headers["Access-Control-Request-Method"] is not { } method) return;
    flow.Respond(204, default(ReadOnlyMemory<byte>),
    [
        new("Access-Control-Allow-Methods", method),
        new("Access-Control-Allow-Headers", request.Headers["Access-Control-Request-Headers"] ?? "*"),
        new("Access-Control-Max-Age", "600"),
    ]);
}

// The preflight's answer passes here as well.
void OnResponse(HttpFlow flow)
{
    if (!IsMeant(flow)) return;
    var headers = flow.Response!.Headers;
    headers["Access-Control-Allow-Origin"] = flow.Request.Headers["Origin"]!;
    headers["Access-Control-Allow-Credentials"] = "true";
    headers.Add("Vary", "Origin");
}

bool IsMeant(HttpFlow flow) => flow.Request.Headers.Contains("Origin") && options.Hosts.Contains(flow.Request.Host);
