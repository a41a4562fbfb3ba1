using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>Reads what FindProxyForURL returns: "PROXY a:1; HTTPS b:2; SOCKS5 c:3; DIRECT", to be tried in that order.</summary>
internal static class PacAnswer
{
    /// <param name="text">What it returned; empty and "null" mean direct, as in browsers.</param>
    /// <returns>The proxies in order; null stands for direct.</returns>
    /// <exception cref="PacException">Nothing of it can be followed.</exception>
    public static IReadOnlyList<UpstreamUrl?> Read(string text)
    {
        var entries = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (entries.Length == 0 || text is "null" or "undefined") return [null];
        var list = new List<UpstreamUrl?>();
        foreach (var entry in entries)
        {
            if (entry.Equals("DIRECT", StringComparison.OrdinalIgnoreCase)) list.Add(null);
            else if (ReadProxy(entry) is { } proxy) list.Add(proxy);
        }

        // What is not known is passed over, as in browsers, unless nothing is left.
        return list.Count > 0 ? list : throw new PacException($"it returned \"{Recording.Printable.Escape(text)}\". Expected DIRECT, PROXY HOST:PORT, HTTPS HOST:PORT or SOCKS5 HOST:PORT, separated by semicolons.");
    }

    private static UpstreamUrl? ReadProxy(string entry)
    {
        var space = entry.IndexOfAny([' ', '\t']);
        if (space < 0) return null;
        var scheme = entry[..space].ToUpperInvariant() switch
        {
            "PROXY" or "HTTP" => "http",
            "HTTPS" => "https",
            "SOCKS" or "SOCKS5" => "socks5h",
            _ => null,
        };
        return scheme is null ? null : UpstreamUrl.Parse($"{scheme}://{entry[space..].Trim()}", out _) is { User: null } url ? url : null;
    }
}
