// shadow.csx - send a copy of every GET to another server, and compare how both answer
//
//     scriptproxy -s examples/scripts/shadow.csx --set shadow.to=http://staging.example:8080

record Options { [Option("Where the copies go: scheme, host and port. Nothing is copied without it.")] public Uri? To { get; init; } }
Options options = new();

AddonContext context = null!;
readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

void OnLoad(AddonContext loaded) => context = loaded;

// Not awaited: the client does not wait for the copy. Header fields stay behind, they may hold credentials.
void OnResponse(HttpFlow flow)
{
    if (options.To is null || flow.Request.Method != "GET") return;
    var copy = options.To.GetLeftPart(UriPartial.Authority) + flow.Request.Target;
    _ = CompareAsync(copy, flow.Request.Path, flow.Response!.StatusCode);
}

async Task CompareAsync(string url, string path, int status)
{
    try
    {
        using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, context.Stopping);
        var same = (int)response.StatusCode == status;
        if (same) context.Log($"{path}: both answer {status}");
        else context.LogWarning($"{path}: the origin answers {status}, the shadow {(int)response.StatusCode}");
    }
    catch (HttpRequestException exception)
    {
        context.LogWarning($"{path}: the shadow does not answer: {exception.Message}");
    }
    catch (OperationCanceledException)
    {
        // It took too long, or the script is being replaced.
    }
}

void OnUnload() => client.Dispose();
