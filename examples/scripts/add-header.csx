// add-header.csx - put header fields on every request and every response
//
//     scriptproxy -s examples/scripts/add-header.csx --set add-header.request='{X-Team: blue}'

record Options
{
    [Option("Fields of every request, by name.")]
    public Dictionary<string, string> Request { get; init; } = [];

    [Option("Fields of every response, by name.")]
    public Dictionary<string, string> Response { get; init; } = new() { ["X-Proxied-By"] = "scriptproxy" };
}

Options options = new();

void OnRequest(HttpFlow flow) => Put(options.Request, flow.Request.Headers);

void OnResponse(HttpFlow flow) => Put(options.Response, flow.Response!.Headers);

static void Put(Dictionary<string, string> fields, HeaderList headers)
{
    foreach (var (name, value) in fields) headers[name] = value;
}
