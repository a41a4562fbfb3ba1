// mirror.csx - send a copy of requests to a second origin; its answers are thrown away
//
//     scriptproxy --set mirror.target=https://staging.example --set mirror.filter='~d shop.example & ~m GET' --set mirror.percent=10

public sealed record MirrorOptions
{
    [Option("Where copies go, such as https://staging.example; left out: nowhere.")]
    public Uri? Target { get; init; }

    [Option("Requests that are copied.")]
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    [Option("Percentage of them.", Min = 0, Max = 100)]
    public double Percent { get; init; } = 100;

    [Option("Most copies under way at once; further ones are left out and counted.", Min = 1)]
    public int MaxPending { get; init; } = 100;

    [Option("How long a copy may take, in seconds.", Min = 0.1)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public IEnumerable<string> Validate()
    {
        if (Target is not null && Target.Scheme is not ("http" or "https")) yield return "target: expected an http or https URL";
    }
}

// After all that changes requests: the copy is what the origin gets.
[Priority(-40)]
public sealed class Mirror : Addon<MirrorOptions>, IDisposable
{
    // Of the connection, not of the request.
    private static readonly HashSet<string> NotCopied = new(StringComparer.OrdinalIgnoreCase) { "Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "TE", "Expect", "Proxy-Authorization" };

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
    private AddonContext? _context;
    private int _pending;
    private long _leftOut;
    private long _unread;
    private long _failed;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _context = context;
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (Options.Target is not { } target || flow.Response is not null) return;
        if (Random.Shared.NextDouble() * 100 >= Options.Percent || !await Options.Filter.MatchesAsync(flow, flow.Aborted)) return;
        if (Interlocked.Increment(ref _pending) > Options.MaxPending)
        {
            Interlocked.Decrement(ref _pending);
            Count(ref _leftOut, "were left out, as too many were under way");
            return;
        }

        HttpRequestMessage copy;
        try
        {
            copy = await CopyAsync(flow.Request, target, flow.Aborted);
        }
        catch (Exception exception) when (exception is BodyTooLargeException or InvalidDataException)
        {
            // The request itself goes on as it came.
            Interlocked.Decrement(ref _pending);
            Count(ref _unread, "were left out, as their body is longer than --body-limit or in a coding that cannot be read");
            return;
        }
        catch
        {
            Interlocked.Decrement(ref _pending);
            throw;
        }

        flow.Tags.Add("mirrored");
        _ = SendAsync(copy);
    }

    public void Dispose() => _client.Dispose();

    private static async ValueTask<HttpRequestMessage> CopyAsync(HttpRequest request, Uri target, CancellationToken cancellation)
    {
        var copy = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(target, request.Target));
        if (request.HasBody) copy.Content = new ReadOnlyMemoryContent(await request.ReadBytesAsync(cancellation));
        foreach (var (name, value) in request.Headers)
        {
            if (NotCopied.Contains(name)) continue;

            // The body was read without its content codings.
            if (name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)) continue;
            if (!copy.Headers.TryAddWithoutValidation(name, value)) copy.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        return copy;
    }

    private async Task SendAsync(HttpRequestMessage copy)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_context!.Stopping);
            timeout.CancelAfter(Options.Timeout);
            using (copy)
            using (var response = await _client.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, timeout.Token))
            {
                await response.Content.CopyToAsync(Stream.Null, timeout.Token);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            Count(ref _failed, "failed");
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    // The first, the second, the fourth, …: a target that is down is told, not shouted.
    private void Count(ref long count, string what)
    {
        var now = Interlocked.Increment(ref count);
        if (long.IsPow2(now)) _context!.LogWarning($"{now} copies {what}");
    }
}
