// json-lines.csx - append every flow to a file, one JSON document per line
//
//     scriptproxy -q -s examples/scripts/json-lines.csx --set json-lines.output=flows.jsonl

using System.Threading.Channels;

record Options { [Option("The file.", ValueName = "FILE")] public string Output { get; init; } = "flows.jsonl"; }
Options options = new();

AddonContext context = null!;
readonly Channel<string> lines = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
Task writing = Task.CompletedTask;

void OnLoad(AddonContext loaded)
{
    context = loaded;
    writing = WriteAsync();
}

// What may hold secrets stays out: the query, header fields, bodies.
void OnCompleted(HttpFlow flow)
{
    var line = new JsonObject
    {
        ["time"] = flow.Timings.Started.ToString("O"),
        ["client"] = flow.Client.RemoteEndPoint.Address.ToString(),
        ["method"] = flow.Request.Method,
        ["url"] = $"{flow.Request.Scheme}://{flow.Request.Host}:{flow.Request.Port}{flow.Request.Path}",
        ["status"] = flow.Response?.StatusCode,
        ["type"] = flow.Response?.ContentType,
        ["error"] = flow.Error?.Type,
        ["bytes"] = flow.Timings.ResponseBytes,
        ["ms"] = flow.Timings.Total is { } total ? Math.Round(total.TotalMilliseconds, 1) : null,
        ["tags"] = new JsonArray([.. flow.Tags.Select(tag => JsonValue.Create(tag))]),
    };
    lines.Writer.TryWrite(line.ToJsonString());
}

async Task OnUnload()
{
    lines.Writer.Complete();
    await writing;
}

// One writer for all flows; what came while it wrote goes out together.
async Task WriteAsync()
{
    while (await lines.Reader.WaitToReadAsync())
    {
        var batch = new StringBuilder();
        while (lines.Reader.TryRead(out var line)) batch.Append(line).Append('\n');
        try
        {
            await File.AppendAllTextAsync(options.Output, batch.ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            context.LogWarning($"Flows were not written: {exception.Message}");
        }
    }
}
