using System.Globalization;
using System.Text.RegularExpressions;

namespace ScriptProxy.Filters;

/// <summary>The operators of filter expressions, by their letters.</summary>
internal static class FilterOperators
{
    /// <summary>Operators without an argument.</summary>
    public static readonly IReadOnlyDictionary<string, FilterTerm> Plain = new Dictionary<string, FilterTerm>(StringComparer.Ordinal)
    {
        ["all"] = new(static _ => true),
        ["http"] = new(static _ => true),
        ["websocket"] = new(static flow => flow.WebSocket is not null) { NeedsResponse = true },
        ["q"] = new(static flow => flow.Response is null) { NeedsResponse = true },
        ["s"] = new(static flow => flow.Response is not null) { NeedsResponse = true },
        ["e"] = new(static flow => flow.Error is not null) { NeedsResponse = true },
        ["a"] = new(static flow => IsAsset(flow.Response?.ContentType)) { NeedsResponse = true },
    };

    /// <summary>Operators that take a regular expression.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string, FilterTerm>> WithPattern = new Dictionary<string, Func<string, FilterTerm>>(StringComparer.Ordinal)
    {
        ["b"] = text => Body(text, ofRequest: true, ofResponse: true),
        ["bq"] = text => Body(text, ofRequest: true, ofResponse: false),
        ["bs"] = text => Body(text, ofRequest: false, ofResponse: true),
        ["h"] = text => Seen(text, static (pattern, flow) => pattern.IsIn(flow.Request.Headers) || pattern.IsIn(flow.Response?.Headers)),
        ["hq"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(flow.Request.Headers)),
        ["hs"] = text => Seen(text, static (pattern, flow) => pattern.IsIn(flow.Response?.Headers)),
        ["t"] = text => Seen(text, static (pattern, flow) => pattern.IsIn(TypeOf(flow.Request)) || pattern.IsIn(TypeOf(flow.Response))),
        ["tq"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(TypeOf(flow.Request))),
        ["ts"] = text => Seen(text, static (pattern, flow) => pattern.IsIn(TypeOf(flow.Response))),
        ["m"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(flow.Request.Method)),
        ["d"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(flow.Request.Host) || IsInHostField(pattern, flow.Request)),
        ["u"] = Url,
        ["src"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(flow.Client.RemoteEndPoint.ToString())),
        ["dst"] = text => Asked(text, static (pattern, flow) => pattern.IsIn(string.Create(CultureInfo.InvariantCulture, $"{flow.Request.Host}:{flow.Request.Port}"))),
        ["meta"] = text => Seen(text, static (pattern, flow) => IsInMetadata(pattern, flow)),
        ["tag"] = text => Seen(text, static (pattern, flow) => IsInTags(pattern, flow)),
    };

    /// <summary>Operators of mitmproxy that have no meaning here, and why.</summary>
    public static readonly IReadOnlyDictionary<string, string> Unsupported = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["tcp"] = "filters are asked about HTTP flows only; use the tunnel hooks",
        ["udp"] = "the proxy relays no UDP",
        ["dns"] = "the proxy relays no DNS",
        ["marked"] = "flows carry tags instead of marks; use ~tag",
        ["marker"] = "flows carry tags instead of marks; use ~tag",
        ["comment"] = "flows carry tags instead of comments; use ~tag",
        ["replay"] = "flows do not say whether they are replayed",
        ["replayq"] = "flows do not say whether they are replayed",
        ["replays"] = "flows do not say whether they are replayed",
    };

    /// <summary>The operator that takes a status code.</summary>
    public const string Status = "c";

    /// <summary>All letters that are known.</summary>
    public static IEnumerable<string> Names => Plain.Keys.Concat(WithPattern.Keys).Append(Status);

    /// <summary>A status: 404, or 4xx for all of its class; null when the text is neither.</summary>
    public static FilterTerm? StatusCode(string text)
    {
        if (text.Length == 3 && text[0] is >= '1' and <= '5' && text[1..].Equals("xx", StringComparison.OrdinalIgnoreCase))
        {
            var hundreds = text[0] - '0';
            return new(flow => flow.Response is { } response && response.StatusCode / 100 == hundreds) { NeedsResponse = true };
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return null;
        return new(flow => flow.Response?.StatusCode == code) { NeedsResponse = true };
    }

    /// <summary>What a text without an operator means as well.</summary>
    public static FilterTerm Url(string text)
    {
        var pattern = new FilterPattern(text);
        return new(flow => pattern.IsIn(flow.Request.Url));
    }

    /// <summary>A pattern that is held against what is known from the request on.</summary>
    private static FilterTerm Asked(string text, Func<FilterPattern, HttpFlow, bool> matches)
    {
        var pattern = new FilterPattern(text);
        return new(flow => matches(pattern, flow));
    }

    /// <summary>A pattern that is held against what may change until the flow ends.</summary>
    private static FilterTerm Seen(string text, Func<FilterPattern, HttpFlow, bool> matches) => Asked(text, matches) with { NeedsResponse = true };

    private static FilterTerm Body(string text, bool ofRequest, bool ofResponse)
    {
        var pattern = new FilterPattern(text, RegexOptions.Singleline);
        return new(flow => (ofRequest && IsInBody(pattern, flow.Request)) || (ofResponse && IsInBody(pattern, flow.Response)))
        {
            NeedsRequestBody = ofRequest,
            NeedsResponseBody = ofResponse,
            NeedsResponse = ofResponse,
        };
    }

    private static bool IsInBody(FilterPattern pattern, HttpMessage? message) =>
        message?.BodyInMemory is { } body && pattern.IsIn(TextCharset.Decode(body.Span, message.Headers["Content-Type"]));

    private static string? TypeOf(HttpMessage? message) => message?.Headers["Content-Type"];

    /// <summary>Where the mode decides where requests go, the name that the client used stands in the Host field.</summary>
    private static bool IsInHostField(FilterPattern pattern, HttpRequest request)
    {
        if (request.Headers["Host"] is not { } host) return false;
        var colon = host.LastIndexOf(':');
        var name = colon > host.LastIndexOf(']') ? host.AsSpan(0, colon) : host;
        return !name.Equals(request.Host, StringComparison.OrdinalIgnoreCase) && pattern.IsIn(name);
    }

    private static bool IsInMetadata(FilterPattern pattern, HttpFlow flow)
    {
        foreach (var (key, value) in flow.Metadata)
        {
            if (pattern.IsIn($"{key}: {value}")) return true;
        }

        return false;
    }

    private static bool IsInTags(FilterPattern pattern, HttpFlow flow)
    {
        foreach (var tag in flow.Tags)
        {
            if (pattern.IsIn(tag)) return true;
        }

        return false;
    }

    private static bool IsAsset(string? contentType) => contentType is not null
        && (contentType.StartsWith("image/", StringComparison.Ordinal) || contentType.StartsWith("font/", StringComparison.Ordinal)
            || contentType is "text/javascript" or "application/x-javascript" or "application/javascript" or "text/css" or "application/x-shockwave-flash"
            || contentType.StartsWith("application/font", StringComparison.Ordinal) || contentType.StartsWith("application/x-font", StringComparison.Ordinal));
}
