// cors.csx - let pages of other origins call an API that does not allow it, while developing
//
//     scriptproxy --set cors.filter='~d api.example'

public sealed record CorsOptions
{
    [Option("Flows whose answers any page may read; left out: none.")]
    public FlowFilter? Filter { get; init; }

    [Option("Origins of pages that may, such as https://app.example; empty for all.")]
    public HashSet<string> Origins { get; init; } = [];

    [Option("Whether pages may send cookies along.")]
    public bool Credentials { get; init; } = true;

    [Option("How long a browser remembers the answer to a preflight, in seconds.", Min = 0, Max = 86400)]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);
}

[Priority(65)]
public sealed class Cors : Addon<CorsOptions>
{
    // A preflight (Fetch standard, section 3.3.2) asks for permission; the API is not bothered with it.
    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        var request = flow.Request;
        if (flow.Response is not null || request.Method != "OPTIONS" || request.Headers["Access-Control-Request-Method"] is not { } method || !await IsMeantAsync(flow)) return;
        flow.Respond(204, default(ReadOnlyMemory<byte>),
        [
            new("Access-Control-Allow-Methods", method),
            new("Access-Control-Allow-Headers", request.Headers["Access-Control-Request-Headers"] ?? "*"),
            new("Access-Control-Max-Age", $"{(long)Options.MaxAge.TotalSeconds}"),
        ]);
    }

    // The preflight's answer passes here as well.
    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        if (!await IsMeantAsync(flow)) return;
        var headers = flow.Response!.Headers;
        headers["Access-Control-Allow-Origin"] = flow.Request.Headers["Origin"]!;
        if (Options.Credentials) headers["Access-Control-Allow-Credentials"] = "true";
        if (!headers.Contains("Access-Control-Expose-Headers")) headers["Access-Control-Expose-Headers"] = string.Join(", ", headers.Select(field => field.Key).Where(IsHidden).Distinct(StringComparer.OrdinalIgnoreCase));
        headers.Add("Vary", "Origin");
    }

    private async ValueTask<bool> IsMeantAsync(HttpFlow flow) =>
        Options.Filter is { } filter && flow.Request.Headers["Origin"] is { } origin && (Options.Origins.Count == 0 || Options.Origins.Contains(origin)) && await filter.MatchesAsync(flow, flow.Aborted);

    private static bool IsHidden(string name) => !name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase);
}
