// sticky-cookie.csx - remember cookies of responses and send them along with later requests, whoever makes these
//
//     scriptproxy --set sticky-cookie.filter='~d shop.example'

using System.Collections.Concurrent;
using System.Globalization;

public sealed record StickyCookieOptions
{
    [Option("Flows whose cookies are remembered and sent along; left out: none.")]
    public FlowFilter? Filter { get; init; }
}

[Priority(38)]
public sealed class StickyCookie : Addon<StickyCookieOptions>
{
    private const int MostCookies = 10_000;

    // Domain, path and name -> value and end. Survives reloads.
    private ConcurrentDictionary<(string Domain, string Path, string Name), (string Value, DateTimeOffset Ends, bool IsSecure, bool IsHostOnly)> _jar = new();

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _jar = context.State.GetOrAdd("cookies", () => _jar);
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (_jar.IsEmpty || Options.Filter is not { } filter || !await filter.MatchesAsync(flow, flow.Aborted)) return;
        var request = flow.Request;
        var sent = (request.Headers["Cookie"] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        var names = sent.Select(pair => pair.Split('=')[0]).ToHashSet();
        var now = DateTimeOffset.UtcNow;

        // RFC 6265 §5.4: longer paths first. What the client sends itself wins.
        foreach (var (key, cookie) in _jar.OrderByDescending(one => one.Key.Path.Length))
        {
            if (cookie.Ends < now) _jar.TryRemove(key, out _);
            else if (Fits(key, cookie, request) && names.Add(key.Name)) sent.Add($"{key.Name}={cookie.Value}");
        }

        if (sent.Count > 0) request.Headers["Cookie"] = string.Join("; ", sent);
    }

    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        var fields = flow.Response!.Headers.GetAll("Set-Cookie");
        if (fields.Count == 0 || Options.Filter is not { } filter || !await filter.MatchesAsync(flow, flow.Aborted)) return;
        foreach (var field in fields) Remember(field, flow.Request);
    }

    private void Remember(string field, HttpRequest request)
    {
        var parts = field.Split(';', StringSplitOptions.TrimEntries);
        var equals = parts[0].IndexOf('=');
        if (equals <= 0) return;
        var attributes = parts.Skip(1).Select(part => part.Split('=', 2)).GroupBy(pair => pair[0].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.Last() is [_, var value] ? value.Trim() : "", StringComparer.OrdinalIgnoreCase);

        var domain = attributes.GetValueOrDefault("Domain", "").TrimStart('.').ToLowerInvariant();
        if (domain.Length > 0 && domain != request.Host && (!IsWithin(request.Host, domain) || !domain.Contains('.'))) return; // not theirs to set, such as all of "com"
        var slash = request.Path.LastIndexOf('/');
        var path = attributes.GetValueOrDefault("Path") is ['/', ..] given ? given : slash <= 0 ? "/" : request.Path[..slash];
        var key = (domain.Length > 0 ? domain : request.Host, path, parts[0][..equals]);

        var ends = EndOf(attributes);
        if (ends <= DateTimeOffset.UtcNow) _jar.TryRemove(key, out _);
        else if (_jar.Count < MostCookies || _jar.ContainsKey(key)) _jar[key] = (parts[0][(equals + 1)..], ends, attributes.ContainsKey("Secure"), domain.Length == 0);
    }

    private static DateTimeOffset EndOf(Dictionary<string, string> attributes)
    {
        if (attributes.TryGetValue("Max-Age", out var age) && long.TryParse(age, out var seconds))
            return seconds <= 0 ? DateTimeOffset.MinValue : DateTimeOffset.UtcNow.AddSeconds(Math.Min(seconds, 400L * 24 * 3600));
        return attributes.TryGetValue("Expires", out var date) && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var ends) ? ends : DateTimeOffset.MaxValue;
    }

    private static bool Fits((string Domain, string Path, string Name) key, (string Value, DateTimeOffset Ends, bool IsSecure, bool IsHostOnly) cookie, HttpRequest request)
    {
        if (cookie.IsSecure && request.Scheme != "https") return false;
        if (cookie.IsHostOnly ? request.Host != key.Domain : !IsWithin(request.Host, key.Domain)) return false;
        var path = request.Path;
        return path == key.Path || (path.StartsWith(key.Path) && (key.Path.EndsWith('/') || path[key.Path.Length] == '/'));
    }

    private static bool IsWithin(string host, string domain) => host == domain || host.EndsWith("." + domain);
}
