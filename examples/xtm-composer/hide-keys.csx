// hide-keys.csx - what connectors of OpenCTI send to feeds and vendors as keys is never recorded
//
//     scriptproxy -s examples/xtm-composer/hide-keys.csx

record Options
{
    [Option("Header fields whose value is never recorded, besides those that always are.")] public IReadOnlyList<string> Headers { get; init; } = ["X-OTX-API-KEY", "x-apikey", "Auth-Key", "API-Key"];
    [Option("Parameters of URLs whose value is never recorded, besides those that always are.")] public IReadOnlyList<string> Parameters { get; init; } = ["apikey", "auth", "license"];
}
Options options = new();

void OnRequest(HttpFlow flow)
{
    foreach (var name in options.Headers) flow.Request.Headers.Redact(name);
    foreach (var name in options.Parameters) flow.RedactQuery(name);
}
