using System.Collections.Frozen;
using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>Gives common header names without making a string each time.</summary>
internal static class HeaderNames
{
    private static readonly FrozenSet<string> Common = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Access-Control-Allow-Origin", "Age", "Allow", "Alt-Svc", "Authorization",
            "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Security-Policy", "Content-Type", "Cookie",
            "Date", "ETag", "Expires", "Host", "If-Modified-Since", "If-None-Match", "Keep-Alive", "Last-Modified", "Location", "Origin", "Pragma", "Range",
            "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Server", "Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding",
            "Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "X-Api-Key", "X-Content-Type-Options", "X-Frame-Options",
            "X-Powered-By", "X-Requested-With", "accept", "accept-encoding", "accept-language", "authorization", "cache-control", "connection",
            "content-encoding", "content-length", "content-type", "cookie", "date", "etag", "expires", "host", "last-modified", "location", "origin",
            "referer", "server", "set-cookie", "transfer-encoding", "user-agent", "vary",
        ]);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Common.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The name as a string, in its own case.</summary>
    public static string Intern(ReadOnlySpan<byte> name)
    {
        const int longest = 40;
        if (name.Length > longest) return Encoding.Latin1.GetString(name);
        Span<char> characters = stackalloc char[longest];
        var text = characters[..Encoding.Latin1.GetChars(name, characters)];
        return Lookup.TryGetValue(text, out var interned) ? interned : text.ToString();
    }
}
