// modify-body.csx - replace what patterns match in bodies
//
//     scriptproxy --set modify-body.rules='|~s & ~t json|"secret": *"[^"]*"|"secret": "***"'

public sealed record BodyRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public required Regex Pattern { get; init; }

    // $1 is the first group, and so is mitmproxy's \1; @FILE is read anew for each body.
    public string Replacement { get; init; } = "";

    private string? File { get; init; }

    // mitmproxy's /[filter/]regex/replacement.
    public static BodyRule Parse(string text, string folder)
    {
        var filter = FlowFilter.ParseRule(text, out var pattern, out var replacement);
        var rule = new BodyRule
        {
            Filter = filter,
            Pattern = new Regex(pattern, RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)),
            Replacement = Regex.Replace(replacement, @"\\(\d)", "$${$1}"),
        };
        if (!replacement.StartsWith('@')) return rule;
        var path = Path.GetFullPath(Path.Combine(folder, replacement[1..]));
        return System.IO.File.Exists(path) ? rule with { File = path } : throw new FormatException($"there is no file {replacement[1..]}.");
    }

    public async ValueTask<string> ApplyAsync(string body, CancellationToken cancellation)
    {
        if (File is null) return Pattern.Replace(body, Replacement);
        if (!Pattern.IsMatch(body)) return body;
        var content = await System.IO.File.ReadAllTextAsync(File, cancellation);
        return Pattern.Replace(body, _ => content);
    }

    public override string ToString() => $"/{Filter}/{Pattern}/{Replacement}";
}

public sealed record ModifyBodyOptions
{
    [Option("What to replace in bodies: /[filter/]regex/replacement, on the body as text without content codings.")]
    public BodyRule[] Rules { get; init; } = [];
}

[Priority(18)]
public sealed class ModifyBody : Addon<ModifyBodyOptions>
{
    public override ValueTask OnRequestAsync(HttpFlow flow) => flow.Response is null ? ModifyAsync(flow, flow.Request) : default;

    public override ValueTask OnResponseAsync(HttpFlow flow) => ModifyAsync(flow, flow.Response!);

    private async ValueTask ModifyAsync(HttpFlow flow, HttpMessage message)
    {
        if (!message.HasBody) return;
        foreach (var rule in Options.Rules)
        {
            if (!await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            if (IsBinary(message.ContentType))
            {
                // Each byte a character: what is not matched stays as it is.
                var bytes = await message.ReadBytesAsync(flow.Aborted);
                var before = Encoding.Latin1.GetString(bytes.Span);
                var after = await rule.ApplyAsync(before, flow.Aborted);
                if (after != before) message.SetBody(Encoding.Latin1.GetBytes(after));
                continue;
            }

            var text = await message.ReadTextAsync(flow.Aborted);
            var changed = await rule.ApplyAsync(text, flow.Aborted);
            if (changed != text) message.SetText(changed);
        }
    }

    private static bool IsBinary(string? type) => type is not null
        && (type.StartsWith("image/") || type.StartsWith("audio/") || type.StartsWith("video/") || type.StartsWith("font/")
            || type is "application/octet-stream" or "application/zip" or "application/gzip" or "application/pdf" or "application/protobuf" or "application/grpc");
}
