// search.csx - report the flows in which a pattern occurs: URL, header fields or bodies of text
//
//     scriptproxy -q -s examples/scripts/search.csx --set search.pattern='order-[0-9]+'

record Options
{
    [Option("What is looked for. Nothing is without it.")]
    public Regex? Pattern { get; init; }

    [Option("Whether bodies are looked into, which holds them back until they are whole.")]
    public bool Bodies { get; init; } = true;
}

Options options = new();
AddonContext context = null!;

void OnLoad(AddonContext loaded) => context = loaded;

async Task OnRequest(HttpFlow flow)
{
    if (options.Pattern is null) return;
    if (options.Pattern.IsMatch(flow.Request.Url)) Report(flow, "the URL");
    await SearchAsync(flow, flow.Request, "request");
}

async Task OnResponse(HttpFlow flow) => await SearchAsync(flow, flow.Response!, "response");

async Task SearchAsync(HttpFlow flow, HttpMessage message, string name)
{
    if (options.Pattern is null) return;
    foreach (var (field, value) in message.Headers)
    {
        if (options.Pattern.IsMatch(value)) Report(flow, $"{field} of the {name}");
    }

    var isText = message.ContentType is { } type && (type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("json", StringComparison.Ordinal));
    if (options.Bodies && isText && options.Pattern.IsMatch(await message.ReadTextAsync(flow.Aborted))) Report(flow, $"the body of the {name}");
}

// Says where, not what: the find may be a secret.
void Report(HttpFlow flow, string place)
{
    flow.Tags.Add("found");
    context.Log($"{flow.Request.Method} {flow.Request.Host}{flow.Request.Path}: found in {place}");
}
