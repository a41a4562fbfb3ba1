// sse-filter.csx - drop and shorten server-sent events while they pass, such as the answers of language models
//
//     scriptproxy -s examples/scripts/sse-filter.csx --set sse-filter.drop=ping

record Options
{
    [Option("Types of events that clients do not get.")]
    public HashSet<string> Drop { get; init; } = ["ping", "heartbeat"];

    [Option("How many characters of data an event keeps.", Min = 1)]
    public int MaxLength { get; init; } = 10_000;
}

Options options = new();

// Each event goes on as soon as it is whole.
void OnResponse(HttpFlow flow)
{
    if (flow.Response!.ContentType == "text/event-stream") flow.Response.TransformServerSentEvents(Filtered);
}

ServerSentEvent? Filtered(ServerSentEvent passed)
{
    if (options.Drop.Contains(passed.Event ?? "message")) return null;
    return passed.Data.Length <= options.MaxLength ? passed : passed with { Data = passed.Data[..options.MaxLength] };
}
