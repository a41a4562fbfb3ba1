// modify-headers.csx - set, add or remove header fields of requests and responses
//
//     scriptproxy --set modify-headers.rules='/~q & ~d api.example/X-Tag/blue' --set modify-headers.rules='/~s/Server/'

public sealed record HeaderRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public required string Name { get; init; }

    // Empty removes the field; @FILE is read anew for each message.
    public string Value { get; init; } = "";

    private string? File { get; init; }

    // mitmproxy's /[filter/]name/value.
    public static HeaderRule Parse(string text, string folder)
    {
        var filter = FlowFilter.ParseRule(text, out var name, out var value);
        if (!name.All(character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character))) throw new FormatException($"expected the name of a header field, got \"{name}\".");
        if (!value.StartsWith('@')) return new() { Filter = filter, Name = name, Value = value };
        var path = Path.GetFullPath(Path.Combine(folder, value[1..]));
        return System.IO.File.Exists(path) ? new() { Filter = filter, Name = name, Value = value, File = path } : throw new FormatException($"there is no file {value[1..]}.");
    }

    public IEnumerable<string> Validate()
    {
        if (Value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0) yield return "a value cannot hold line breaks";
    }

    public async ValueTask<string> ReadValueAsync(CancellationToken cancellation) =>
        File is null ? Value : (await System.IO.File.ReadAllTextAsync(File, cancellation)).Trim().ReplaceLineEndings(" ");

    public override string ToString() => $"/{Filter}/{Name}/{Value}";
}

public sealed record ModifyHeadersOptions
{
    [Option("Fields to set, or to remove where the value is empty: /[filter/]name/value. Several rules for one name add several fields.")]
    public HeaderRule[] Rules { get; init; } = [];
}

[Priority(20)]
public sealed class ModifyHeaders : Addon<ModifyHeadersOptions>
{
    public override ValueTask OnRequestAsync(HttpFlow flow) => flow.Response is null ? ModifyAsync(flow, flow.Request.Headers) : default;

    public override ValueTask OnResponseAsync(HttpFlow flow) => ModifyAsync(flow, flow.Response!.Headers);

    private async ValueTask ModifyAsync(HttpFlow flow, HeaderList headers)
    {
        List<HeaderRule>? matching = null;
        foreach (var rule in Options.Rules)
        {
            if (await rule.Filter.MatchesAsync(flow, flow.Aborted)) (matching ??= []).Add(rule);
        }

        if (matching is null) return;
        var written = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var rule in matching)
        {
            var value = await rule.ReadValueAsync(flow.Aborted);
            if (value.Length == 0) headers.Remove(rule.Name);
            else if (written.Add(rule.Name)) headers.Set(rule.Name, value); // where the field stood
            else headers.Add(rule.Name, value);
        }
    }
}
