// block.csx - refuse requests, or hang up on them
//
//     scriptproxy --set block.rules='/~d ads.example/404' --set block.rules='/~u tracker & ~m POST/444'

public sealed record BlockRule
{
    public required FlowFilter Filter { get; init; }

    // 444 closes the connection without an answer.
    public int Status { get; init; } = 403;

    public string? Reason { get; init; }

    // mitmproxy's /filter/status.
    public static BlockRule Parse(string text)
    {
        var parts = text.Length == 0 ? [] : text[1..].Split(text[0]);
        if (parts.Length != 2) throw new FormatException($"expected /filter/status, the first character parting the rest, got {parts.Length} part{(parts.Length == 1 ? "" : "s")}.");
        if (!int.TryParse(parts[1], out var status)) throw new FormatException($"expected a status from 200 to 599, or 444 to hang up, got \"{parts[1]}\".");
        var rule = new BlockRule { Filter = FlowFilter.Parse(parts[0]), Status = status };
        return rule.Validate().FirstOrDefault() is { } problem ? throw new FormatException(problem + ".") : rule;
    }

    public IEnumerable<string> Validate()
    {
        if (Status is < 200 or > 599) yield return $"expected a status from 200 to 599, or 444 to hang up, got {Status}";
    }

    public override string ToString() => $"/{Filter}/{Status}";
}

public sealed record BlockOptions
{
    [Option("What to refuse: /filter/status; 444 hangs up without an answer. The first rule that matches counts.")]
    public BlockRule[] Rules { get; init; } = [];
}

[Priority(80)]
public sealed class Block : Addon<BlockOptions>
{
    private bool _looksAtResponses;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _looksAtResponses = Options.Rules.Any(rule => rule.Filter.NeedsResponse);
        return default;
    }

    public override ValueTask OnRequestAsync(HttpFlow flow) => flow.Response is null ? BlockAsync(flow) : default;

    // A filter such as "~ts video" is known only now.
    public override ValueTask OnResponseAsync(HttpFlow flow) => _looksAtResponses && !flow.Response!.IsLocal ? BlockAsync(flow) : default;

    private async ValueTask BlockAsync(HttpFlow flow)
    {
        foreach (var rule in Options.Rules)
        {
            if (!await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            if (rule.Status == 444) flow.Abort();
            else flow.Block(rule.Reason, rule.Status);
            flow.Tags.Add("blocked");
            return;
        }
    }
}
