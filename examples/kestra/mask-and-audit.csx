// mask-and-audit.csx - hide what Kestra's tasks send as secrets, and keep a record of every call they make
//
//     scriptproxy -s examples/kestra/mask-and-audit.csx --set mask-and-audit.output=audit.jsonl

using System.Threading.Channels;

record Options
{
    [Option("The file that gets one JSON document per call.", ValueName = "FILE")] public string Output { get; init; } = "audit.jsonl";
    [Option("Header fields whose value is never recorded, besides those that always are.")] public IReadOnlyList<string> Headers { get; init; } = ["X-Kestra-Token", "Private-Token"];
    [Option("Header fields that do not leave this network.")] public IReadOnlyList<string> Remove { get; init; } = [];
}
Options options = new();

AddonContext context = null!;
readonly Channel<string> lines = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
Task writing = Task.CompletedTask;

void OnLoad(AddonContext loaded)
{
    context = loaded;
    writing = WriteAsync();
}

void OnRequest(HttpFlow flow)
{
    foreach (var name in options.Headers) flow.Request.Headers.Redact(name);
    foreach (var name in options.Remove) flow.Request.Headers.Remove(name);
}

// Who called what, with what outcome; no query, no header field, no body.
void OnCompleted(HttpFlow flow) => lines.Writer.TryWrite(new JsonObject
{
    ["time"] = flow.Timings.Started.ToString("O"),
    ["client"] = flow.Client.RemoteEndPoint.Address.ToString(),
    ["method"] = flow.Request.Method,
    ["url"] = $"{flow.Request.Scheme}://{flow.Request.Host}:{flow.Request.Port}{flow.Request.Path}",
    ["authorized"] = flow.Request.Headers.Contains("Authorization"),
    ["status"] = flow.Response?.StatusCode,
    ["error"] = flow.Error?.Type,
    ["sent"] = flow.Timings.RequestBytes,
    ["received"] = flow.Timings.ResponseBytes,
}.ToJsonString());

async Task OnUnload()
{
    lines.Writer.Complete();
    await writing;
}

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
            context.LogWarning($"The audit was not written: {exception.Message}");
        }
    }
}
