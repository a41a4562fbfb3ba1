// access-log.csx - one JSON line on standard output for each request, for whatever collects the logs of pods
//
//     scriptproxy -q -s examples/ci-runners/scripts/access-log.csx

using System.Threading.Channels;

readonly Channel<string> lines = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
Task writing = Task.CompletedTask;

void OnLoad() => writing = WriteAsync();

// No query, no header field, no body: what may hold a secret is not written.
void OnCompleted(HttpFlow flow) => lines.Writer.TryWrite(new JsonObject
{
    ["time"] = flow.Timings.Started.ToString("O"),
    ["client"] = flow.Client.RemoteEndPoint.Address.ToString(),
    ["method"] = flow.Request.Method,
    ["host"] = flow.Request.Host,
    ["path"] = flow.Request.Path,
    ["status"] = flow.Response?.StatusCode,
    ["error"] = flow.Error?.Type,
    ["bytes"] = flow.Timings.ResponseBytes,
    ["ms"] = flow.Timings.Total is { } total ? Math.Round(total.TotalMilliseconds, 1) : null,
}.ToJsonString());

// What is not intercepted: which host, how much, how long.
void OnTunnelEnd(TunnelFlow tunnel) => lines.Writer.TryWrite(new JsonObject
{
    ["time"] = tunnel.Started.ToString("O"),
    ["client"] = tunnel.Client.RemoteEndPoint.Address.ToString(),
    ["method"] = "CONNECT",
    ["host"] = tunnel.ServerName ?? tunnel.Host,
    ["port"] = tunnel.Port,
    ["error"] = tunnel.Error?.Type,
    ["bytes"] = tunnel.BytesToClient,
    ["ms"] = tunnel.Duration is { } duration ? Math.Round(duration.TotalMilliseconds, 1) : null,
}.ToJsonString());

async Task OnUnload()
{
    lines.Writer.Complete();
    await writing;
}

async Task WriteAsync()
{
    await using var output = new StreamWriter(Console.OpenStandardOutput());
    while (await lines.Reader.WaitToReadAsync())
    {
        while (lines.Reader.TryRead(out var line)) await output.WriteAsync(line + "\n");
        await output.FlushAsync();
    }
}
