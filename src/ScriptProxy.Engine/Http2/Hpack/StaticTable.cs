using System.Collections.Frozen;
using System.Text;

namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>The fields that both sides know by number (RFC 7541, Appendix A).</summary>
internal static class StaticTable
{
    /// <summary>How many there are; numbers start at 1.</summary>
    public const int Count = 61;

    private static readonly (string Name, string Value)[] Fields =
    [
        (":authority", ""),
        (":method", "GET"),
        (":method", "POST"),
        (":path", "/"),
        (":path", "/index.html"),
        (":scheme", "http"),
        (":scheme", "https"),
        (":status", "200"),
        (":status", "204"),
        (":status", "206"),
        (":status", "304"),
        (":status", "400"),
        (":status", "404"),
        (":status", "500"),
        ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"),
        ("accept-language", ""),
        ("accept-ranges", ""),
        ("accept", ""),
        ("access-control-allow-origin", ""),
        ("age", ""),
        ("allow", ""),
        ("authorization", ""),
        ("cache-control", ""),
        ("content-disposition", ""),
        ("content-encoding", ""),
        ("content-language", ""),
        ("content-length", ""),
        ("content-location", ""),
        ("content-range", ""),
        ("content-type", ""),
        ("cookie", ""),
        ("date", ""),
        ("etag", ""),
        ("expect", ""),
        ("expires", ""),
        ("from", ""),
        ("host", ""),
        ("if-match", ""),
        ("if-modified-since", ""),
        ("if-none-match", ""),
        ("if-range", ""),
        ("if-unmodified-since", ""),
        ("last-modified", ""),
        ("link", ""),
        ("location", ""),
        ("max-forwards", ""),
        ("proxy-authenticate", ""),
        ("proxy-authorization", ""),
        ("range", ""),
        ("referer", ""),
        ("refresh", ""),
        ("retry-after", ""),
        ("server", ""),
        ("set-cookie", ""),
        ("strict-transport-security", ""),
        ("transfer-encoding", ""),
        ("user-agent", ""),
        ("vary", ""),
        ("via", ""),
        ("www-authenticate", ""),
    ];

    private static readonly Entry[] Entries = [.. Fields.Select(static field => new Entry(Encoding.ASCII.GetBytes(field.Name), Encoding.ASCII.GetBytes(field.Value)))];
    private static readonly FrozenDictionary<string, int> Names = Fields.Select(static (field, index) => (field.Name, Index: index + 1))
        .GroupBy(static entry => entry.Name).ToFrozenDictionary(static group => group.Key, static group => group.First().Index, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> NamesBySpan = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    public static ReadOnlySpan<byte> NameOf(int index) => Entries[index - 1].Name;

    public static ReadOnlySpan<byte> ValueOf(int index) => Entries[index - 1].Value;

    /// <summary>The first number of a name in lower case; 0 when it has none.</summary>
    public static int Find(ReadOnlySpan<byte> name)
    {
        const int longestName = 27;
        if (name.Length > longestName) return 0;
        Span<char> text = stackalloc char[longestName];
        var length = Encoding.Latin1.GetChars(name, text);
        return NamesBySpan.TryGetValue(text[..length], out var index) ? index : 0;
    }

    private sealed record Entry(byte[] Name, byte[] Value);
}
