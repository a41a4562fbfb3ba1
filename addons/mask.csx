// mask.csx - hide secrets: in what is recorded, from the origin, from the client
//
//     scriptproxy --set mask.rules='{headers: [X-Pin], json: [$..ssn], tokens: [all], on: [record, client]}'

using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;

public enum Place
{
    Record, // logs, captures, pages; the wire keeps it
    Origin, // requests as they go out
    Client, // responses as they reach the client
}

public sealed record MaskRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public HashSet<Place> On { get; init; } = [Place.Record];

    public string[] Headers { get; init; } = [];

    public string[] Query { get; init; } = [];

    public string[] Form { get; init; } = [];

    // $.user.ssn, $..password, $.items[*].key
    public JsonPath[] Json { get; init; } = [];

    // Found anywhere; where a group is named "secret", that group alone is hidden.
    public Regex[] Patterns { get; init; } = [];

    // Names of well-known shapes, or all.
    public string[] Tokens { get; init; } = [];

    public IEnumerable<string> Validate()
    {
        foreach (var token in Tokens)
        {
            if (token != "all" && !Mask.Shapes.ContainsKey(token)) yield return $"there is no token shape '{token}'. Known: all, {string.Join(", ", Mask.Shapes.Keys)}";
        }

        foreach (var header in Headers)
        {
            if (header.Length == 0 || header.Any(character => character <= ' ' || character == ':')) yield return $"expected the name of a header field, got \"{header}\"";
        }

        if (On.Count == 0) yield return "on: expected record, origin or client, got none of them";
        if (Headers.Length + Query.Length + Form.Length + Json.Length + Patterns.Length + Tokens.Length == 0) yield return "expected headers, query, form, json, patterns or tokens";
    }
}

public sealed record MaskOptions
{
    [Option("What to hide where. All rules apply.")]
    public MaskRule[] Rules { get; init; } = [];

    [Option("A key: what is hidden on the wire then ends with digits by which two uses of one secret can be told to be the same, by whoever has the key. Left out: *** alone.", Secret = true)]
    public string? HashKey { get; init; }
}

// The last one before the wire.
[Priority(-50)]
public sealed class Mask : Addon<MaskOptions>
{
    public static readonly IReadOnlyDictionary<string, string> Shapes = new Dictionary<string, string>
    {
        ["aws"] = @"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        ["github"] = @"\bgh[pousr]_[A-Za-z0-9]{36,255}|\bgithub_pat_[A-Za-z0-9_]{22,255}",
        ["gitlab"] = @"\bglpat-[A-Za-z0-9_-]{20,255}",
        ["google"] = @"\bAIza[A-Za-z0-9_-]{35}",
        ["jwt"] = @"\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}",
        ["npm"] = @"\bnpm_[A-Za-z0-9]{36}",
        ["openai"] = @"\bsk-[A-Za-z0-9_-]{20,255}",
        ["private-key"] = @"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{1,8000}-----END [A-Z ]{0,20}PRIVATE KEY-----",
        ["pypi"] = @"\bpypi-[A-Za-z0-9_-]{50,255}",
        ["slack"] = @"\bxox[abposr]-[A-Za-z0-9-]{10,255}",
        ["stripe"] = @"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}",
    };

    // As much of a body as one match may span; what is longer is no secret of these kinds.
    private const int LongestMatch = 16 * 1024;

    // Pieces of URLs and cookies, which may be percent-encoded; and parameters of URLs.
    private static readonly Regex Piece = new("[^/?&=;#,\\s\"]+", RegexOptions.CultureInvariant);
    private static readonly Regex Parameter = new("(?<=[?&])(?<name>[^=&#\\s]+)=(?<value>[^&#\\s\"]*)", RegexOptions.CultureInvariant);

    private Regex?[] _patterns = [];
    private byte[]? _key;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _key = Options.HashKey is { Length: > 0 } key ? Encoding.UTF8.GetBytes(key) : null;
        _patterns = [.. Options.Rules.Select(PatternOf)];
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        for (var i = 0; i < Options.Rules.Length; i++)
        {
            var rule = Options.Rules[i];

            // Before there is a response, nobody knows whether such a filter matches: hiding too much is better than too late.
            if (!rule.Filter.NeedsResponse && !await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            if (rule.On.Contains(Place.Record)) Record(flow, rule, _patterns[i]);
            if (!rule.On.Contains(Place.Origin) || flow.Response is not null) continue;
            if (InUrl(flow.Request.Target, rule, _patterns[i]) is var target && target != flow.Request.Target) flow.Request.Target = target.Replace("***", "%2A%2A%2A");
            await ChangeAsync(flow, flow.Request, rule, _patterns[i]);
        }
    }

    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        for (var i = 0; i < Options.Rules.Length; i++)
        {
            var rule = Options.Rules[i];
            if (!rule.On.Contains(Place.Client) || !await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            await ChangeAsync(flow, flow.Response!, rule, _patterns[i]);
        }
    }

    // Messages say of no kind that they are of it: what is no JSON has no value that a path leads to.
    public override async ValueTask OnWebSocketMessageAsync(WebSocketMessage message)
    {
        for (var i = 0; i < Options.Rules.Length; i++)
        {
            var rule = Options.Rules[i];
            if (!rule.On.Contains(message.FromClient ? Place.Origin : Place.Client) || !await rule.Filter.MatchesAsync(message.Flow, message.Flow.Aborted)) continue;
            if (message.IsText && rule.Json.Length > 0) message.TryReplaceJson(rule.Json, Masked);
            if (_patterns[i] is not { } pattern) continue;
            if (message.IsText && InMessage(message.Text, pattern) is var text && text != message.Text) message.Text = text;
            if (!message.IsText && Encoding.Latin1.GetString(message.Bytes.Span) is var bytes && Replace(bytes, pattern) is var changed && changed != bytes) message.Bytes = Encoding.Latin1.GetBytes(changed);
        }
    }

    private static Regex? PatternOf(MaskRule rule)
    {
        var tokens = rule.Tokens.Contains("all") ? Shapes.Values : rule.Tokens.Select(token => Shapes[token]);
        var all = string.Join('|', tokens.Concat(rule.Patterns.Select(pattern => $"(?:{pattern})")));
        return all.Length == 0 ? null : new Regex(all, RegexOptions.CultureInvariant | RegexOptions.Compiled, TimeSpan.FromSeconds(1));
    }

    private static void Record(HttpFlow flow, MaskRule rule, Regex? pattern)
    {
        foreach (var name in rule.Headers) flow.Request.Headers.Redact(name); // in responses too
        foreach (var name in rule.Query) flow.RedactQuery(name);
        foreach (var name in rule.Form) flow.RedactForm(name);
        foreach (var path in rule.Json) flow.RedactJson(path.ToString());
        if (pattern is not null) flow.Redact(pattern);
    }

    private async ValueTask ChangeAsync(HttpFlow flow, HttpMessage message, MaskRule rule, Regex? pattern)
    {
        ChangeFields(message.Headers, rule, pattern);
        if (!message.HasBody) return;
        var type = message.ContentType;
        if (type is "application/x-www-form-urlencoded" ? rule.Form.Length > 0 || pattern is not null : type is "multipart/form-data" && rule.Form.Length > 0) await ChangeFormAsync(message, rule, pattern, flow.Aborted);
        if (rule.Json.Length > 0 && IsJson(type)) await message.ReplaceJsonAsync(rule.Json.Select(path => path.ToString()), Masked, flow.Aborted);
        if (pattern is not null && !IsMedia(type)) message.Transform(async (input, output, cancellation) =>
        {
            await ReplaceAsync(input, output, pattern, type, cancellation);
            if (message.Trailers is { } trailers) ChangeFields(trailers, rule, pattern);
        });
    }

    private void ChangeFields(HeaderList headers, MaskRule rule, Regex? pattern)
    {
        foreach (var name in rule.Headers)
        {
            if (headers.Contains(name)) headers[name] = MaskedHeader(headers[name]!);
        }

        if (pattern is null && rule.Query.Length == 0) return;
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            var isBasic = value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
            var changed = isBasic && pattern is not null && IsInBasic(value[6..], pattern) ? MaskedHeader(value) : InUrl(value, rule, pattern);
            if (changed == value) continue;
            headers.RemoveAt(i);
            headers.Insert(i, name, changed);
        }
    }

    // user:password in Base64 (RFC 7617).
    private static bool IsInBasic(string credentials, Regex pattern)
    {
        var bytes = new byte[credentials.Length];
        return Convert.TryFromBase64String(credentials.Trim(), bytes, out var length) && pattern.IsMatch(Encoding.UTF8.GetString(bytes, 0, length));
    }

    private async ValueTask ChangeFormAsync(HttpMessage message, MaskRule rule, Regex? pattern, CancellationToken cancellation)
    {
        var form = await message.ReadFormAsync(cancellationToken: cancellation);
        var isChanged = false;
        for (var i = 0; i < form.Count; i++)
        {
            var field = form[i];
            var isNamed = rule.Form.Contains(field.Name, StringComparer.OrdinalIgnoreCase);
            if (!isNamed && (pattern is null || field.IsFile || !pattern.IsMatch(field.Value))) continue;
            form[i] = new FormField(field.Name, isNamed ? Masked(field.Value) : Replace(field.Value, pattern!));
            isChanged = true;
        }

        if (isChanged) message.SetForm(form);
    }

    // A URL, or a header value that may hold one or more. Percent-encoded, a secret looks different: pieces that hold one only when decoded are replaced whole.
    private string InUrl(string text, MaskRule rule, Regex? pattern)
    {
        if (rule.Query.Length > 0 && text.Contains('='))
        {
            text = Parameter.Replace(text, parameter =>
            {
                var isMeant = rule.Query.Contains(Decoded(parameter.Groups["name"].Value), StringComparer.OrdinalIgnoreCase);
                return isMeant ? $"{parameter.Groups["name"].Value}={Masked(Decoded(parameter.Groups["value"].Value))}" : parameter.Value;
            });
        }

        if (pattern is null) return text;
        text = Replace(text, pattern);
        return text.Contains('%') ? Piece.Replace(text, piece => piece.Value.Contains('%') && Decoded(piece.Value) is var decoded && pattern.IsMatch(decoded) ? Masked(decoded) : piece.Value) : text;
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    /// <summary>
    /// Replaces matches while a body passes, however it is cut: what may still become part of a match is held back, and the last character that
    /// went out stays in sight, so that word boundaries are seen. Each byte is a character: whatever does not match stays as it is.
    /// </summary>
    private async Task ReplaceAsync(PipeReader input, PipeWriter output, Regex pattern, string? type, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var masked = new StringBuilder();
        var isJson = IsJson(type) || type == "text/event-stream";
        var sent = 0; // characters of the text that went out
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            foreach (var segment in read.Buffer) text.Append(Encoding.Latin1.GetString(segment.Span));
            input.AdvanceTo(read.Buffer.End);
            var whole = read.IsCompleted ? text.Length : EndOfWhole(text, type);
            if (text.Length - sent > LongestMatch || read.IsCompleted || whole > sent)
            {
                sent = whole > sent ? Send(text.ToString(0, whole), sent, isLast: true, pattern, isJson, masked) : Send(text.ToString(), sent, isLast: read.IsCompleted, pattern, isJson, masked);
                Write(output, masked);
                await output.FlushAsync(cancellation);
                var passed = Math.Max(0, sent - Unescaped.LongestEscape);
                text.Remove(0, passed);
                sent -= passed;
            }

            if (read.IsCompleted) return;
        }
    }

    // What is sent event by event, or line by line, must not wait for what comes next: nothing matches beyond such an end.
    private static int EndOfWhole(StringBuilder text, string? type)
    {
        if (type is not ("text/event-stream" or "application/x-ndjson" or "application/jsonl")) return 0;
        var isLine = type != "text/event-stream";
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (text[i] == '\n' && (isLine || (i > 0 && text[i - 1] == '\n') || (i > 1 && text[i - 1] == '\r' && text[i - 2] == '\n'))) return i + 1;
        }

        return 0;
    }

    /// <summary>Puts out what no match can reach any more; returns up to where.</summary>
    private int Send(string text, int from, bool isLast, Regex pattern, bool isJson, StringBuilder output)
    {
        var seen = new Unescaped(text, from, isJson);
        var limit = isLast ? text.Length : seen.LastBreak(Math.Max(from, text.Length - LongestMatch));
        for (var match = seen.Match(pattern, from); match.Success && seen.At(match.Index) < limit; match = seen.Match(pattern, from))
        {
            // It might go on.
            var end = seen.At(match.Index + match.Length);
            if (!isLast && end == text.Length && end - seen.At(match.Index) < LongestMatch)
            {
                limit = seen.At(match.Index);
                break;
            }

            var hidden = match.Groups["secret"] is { Success: true } secret ? secret : match;
            var start = seen.At(hidden.Index);
            output.Append(text, from, start - from).Append(Masked(hidden.Value));
            from = seen.At(hidden.Index + hidden.Length);
            output.Append(text, from, end - from);
            from = end;
            if (match.Length > 0) continue;
            if (from == text.Length) break;
            from = seen.At(match.Index + 1);
            output.Append(text, end, from - end);
        }

        if (from >= limit) return from;
        output.Append(text, from, limit - from);
        return limit;
    }

    private static void Write(PipeWriter output, StringBuilder text)
    {
        foreach (var chunk in text.GetChunks()) output.Advance(Encoding.Latin1.GetBytes(chunk.Span, output.GetSpan(Math.Max(1, chunk.Length))));
        text.Clear();
    }

    private string InMessage(string text, Regex pattern)
    {
        var masked = new StringBuilder();
        Send(text, 0, isLast: true, pattern, isJson: text.AsSpan().TrimStart() is ['{' or '[', ..], masked);
        return masked.ToString();
    }

    private string Replace(string text, Regex pattern) => pattern.Replace(text, MaskedMatch);

    private string MaskedMatch(Match match)
    {
        if (match.Groups["secret"] is not { Success: true } secret) return Masked(match.Value);
        var start = secret.Index - match.Index;
        return match.Value[..start] + Masked(secret.Value) + match.Value[(start + secret.Length)..];
    }

    // "Bearer ***" says more than "***", and hides as much.
    private string MaskedHeader(string value) =>
        value.IndexOf(' ') is > 0 and var space && value[..space] is "Bearer" or "Basic" or "Digest" or "Token" ? value[..(value.IndexOf(' ') + 1)] + Masked(value[(value.IndexOf(' ') + 1)..]) : Masked(value);

    private string Masked(string secret)
    {
        if (_key is null || secret.Length == 0) return "***";
        return "***" + Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(secret)).AsSpan(0, 6));
    }

    private static bool IsJson(string? type) => type is not null && (type.EndsWith("json") || type is "application/x-ndjson" or "application/jsonl");

    // gRPC says in front of each message how long it is, and waits for answers: a body of it is not looked into.
    private static bool IsMedia(string? type) => type is not null && (type.StartsWith("image/") && type != "image/svg+xml" || type.StartsWith("audio/") || type.StartsWith("video/") || type.StartsWith("font/") || type.StartsWith("application/grpc"));
}

/// <summary>
/// JSON as it reads once it is parsed: any character may be written as an escape, and many encoders write line ends, / + and &amp; so. What holds
/// it together, quotes and backslashes in strings, stays as it is written. Other text is taken as it is.
/// </summary>
public readonly struct Unescaped
{
    /// <summary>How many characters an escape has at most.</summary>
    public const int LongestEscape = 6;

    // What cannot be told in one character that no pattern takes for a part of JSON.
    private const char Other = '\uFFFD';

    private readonly string _text;
    private readonly string _written;
    private readonly int _from;
    private readonly List<int>? _starts; // where each character of the text is written, and where all ends; null: just there

    /// <param name="written">As it is written.</param>
    /// <param name="from">Where to begin; of what is before, the last character is seen.</param>
    /// <param name="isJson">Whether it is JSON.</param>
    public Unescaped(string written, int from, bool isJson)
    {
        _text = _written = written;
        _from = from;
        if (!isJson || written.IndexOf('\\', Math.Max(0, from - LongestEscape)) < 0) return;
        var text = new StringBuilder(written.Length);
        var starts = _starts = new List<int>(written.Length + 1);
        if (from > 0) Add(from - 1, LastBefore(written, from));
        for (var i = from; i < written.Length;)
        {
            var (character, length) = Read(written, i);
            Add(i, character);
            if (length == 1 && character == '\\' && i + 1 < written.Length) Add(++i, written[i]);
            i += length;
        }

        starts.Add(written.Length);
        _text = text.ToString();

        void Add(int start, char character)
        {
            starts.Add(start);
            text.Append(character);
        }
    }

    /// <summary>Where a character is written.</summary>
    public int At(int index) => _starts is null ? index : _starts[index];

    /// <summary>The first match that is written from there on.</summary>
    public Match Match(Regex pattern, int from)
    {
        if (_starts is null) return pattern.Match(_text, from);
        var index = _starts.BinarySearch(from);
        return pattern.Match(_text, index < 0 ? ~index : index);
    }

    /// <summary>The last place up to there where no escape is cut in two.</summary>
    public int LastBreak(int limit)
    {
        if (_starts is null) return limit;
        var index = _starts.BinarySearch(limit);
        if (index < 0) index = ~index - 1;

        // Of many backslashes in a row, one may be the second half of an escape.
        for (var steps = 0; steps < 64 && index > 0 && _written[_starts[index] - 1] == '\\'; steps++) index--;
        return Math.Max(_from, _starts[index]);
    }

    private static char LastBefore(string written, int from)
    {
        foreach (var length in (ReadOnlySpan<int>)[2, LongestEscape])
        {
            if (from >= length && Read(written, from - length) is var (character, read) && read == length) return character;
        }

        return written[from - 1];
    }

    private static (char Character, int Length) Read(string written, int index)
    {
        if (written[index] != '\\' || index + 1 >= written.Length) return (written[index], 1);
        return written[index + 1] switch
        {
            '/' => ('/', 2),
            'n' => ('\n', 2),
            'r' => ('\r', 2),
            't' => ('\t', 2),
            'b' or 'f' => (Other, 2),
            'u' when index + LongestEscape <= written.Length && int.TryParse(written.AsSpan(index + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) =>
                (code is (>= ' ' and <= '~' and not '"' and not '\\') or '\n' or '\r' or '\t' ? (char)code : Other, LongestEscape),
            _ => ('\\', 1),
        };
    }
}
