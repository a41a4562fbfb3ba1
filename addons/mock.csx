// mock.csx - answer from a list of responses in YAML or JSON
//
//     scriptproxy --set mock.responses=@mocks.yaml

public sealed record MockResponse
{
    [Option("Which requests, as a filter.")]
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    // The method, and the URL or path without query; * stands for anything.
    public string? Method { get; init; }

    public string? Url { get; init; }

    [Option("Status.", Min = 200, Max = 599)]
    public int Status { get; init; } = 200;

    public Dictionary<string, string> Headers { get; init; } = [];

    public string? Body { get; init; }

    [Option("A file with the body, read anew each time.", ValueName = "FILE")]
    public string? File { get; init; }

    [Option("Seconds to wait first.", Min = 0, Max = 3600)]
    public TimeSpan Delay { get; init; }

    [Option("How often it answers before the next one that matches does; null for always.", Min = 1)]
    public int? Times { get; init; }

    public IEnumerable<string> Validate()
    {
        if (Body is not null && File is not null) yield return "expected body or file, got both";
        if (File is not null && !System.IO.File.Exists(File)) yield return $"there is no file {File}";
    }
}

public sealed record MockOptions
{
    [Option("Responses, the first that matches answers; in a file of their own: @FILE.")]
    public MockResponse[] Responses { get; init; } = [];

    [Option("Status for requests to a host that has a mock, but none that matches; null lets them pass.", Min = 200, Max = 599)]
    public int? Otherwise { get; init; }
}

[Priority(60)]
[HookTimeout(3660)]
public sealed class Mock : Addon<MockOptions>
{
    private int[] _left = [];
    private Regex?[] _urls = [];

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _left = [.. Options.Responses.Select(response => response.Times ?? int.MaxValue)];
        _urls = [.. Options.Responses.Select(response => response.Url is null ? null : new Regex(
            "^" + Regex.Escape(response.Url).Replace("\\*", ".*") + "$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline))];
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Response is not null) return;
        for (var i = 0; i < Options.Responses.Length; i++)
        {
            var mock = Options.Responses[i];
            if (!IsMeant(mock, _urls[i], flow.Request) || !await mock.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            if (mock.Times is not null && Interlocked.Decrement(ref _left[i]) < 0) continue;
            await AnswerAsync(mock, flow);
            return;
        }

        if (Options.Otherwise is not { } status || !Options.Responses.Any(mock => mock.Url?.Contains("://" + flow.Request.Host, StringComparison.OrdinalIgnoreCase) == true)) return;
        flow.Respond(status, "Not mocked.\n");
        flow.Tags.Add("mocked");
    }

    private static bool IsMeant(MockResponse mock, Regex? url, HttpRequest request)
    {
        if (mock.Method is { } method && !method.Equals(request.Method, StringComparison.OrdinalIgnoreCase)) return false;
        if (url is null) return true;
        var text = mock.Url!.StartsWith('/') ? request.Target : request.Url;
        return url.IsMatch(mock.Url.Contains('?') ? text : text.Split('?')[0]);
    }

    private static async ValueTask AnswerAsync(MockResponse mock, HttpFlow flow)
    {
        if (mock.Delay > TimeSpan.Zero) await Task.Delay(mock.Delay, flow.Aborted);
        var body = mock.File is { } file ? await File.ReadAllBytesAsync(file, flow.Aborted) : Encoding.UTF8.GetBytes(mock.Body ?? "");
        var headers = mock.Headers.ToList();
        if (body.Length > 0 && !mock.Headers.Keys.Contains("Content-Type", StringComparer.OrdinalIgnoreCase))
            headers.Add(new("Content-Type", body[0] is (byte)'{' or (byte)'[' ? "application/json" : "text/plain; charset=utf-8"));
        flow.Respond(mock.Status, body, headers);
        flow.Tags.Add("mocked");
    }
}
