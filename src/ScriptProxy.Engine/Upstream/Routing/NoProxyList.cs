using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>
/// NO_PROXY as curl and Go read it: names with all names below them, with or without a dot in front, addresses, CIDR blocks, * for everything,
/// each with or without a port. Loopback is never sent through a proxy, as in Go. Where the two differ, docs/upstreams.md says which one this follows.
/// </summary>
internal sealed class NoProxyList
{
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];
    private static readonly AddressRange[] Loopback = [.. AddressRanges.Parse("127.0.0.0/8", "::1")];
    private readonly List<Entry> _entries = [];

    public NoProxyList(params IEnumerable<string> lists)
    {
        foreach (var list in lists)
        {
            foreach (var text in list.Split(Separators, StringSplitOptions.RemoveEmptyEntries)) _entries.Add(Entry.Parse(text.ToLowerInvariant()));
        }
    }

    /// <summary>Whether a destination is not for the proxy.</summary>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">The destination's.</param>
    public bool Contains(string host, int port)
    {
        UInt128? address = AddressBits.TryParse(host, out var bits) ? bits : null;
        if (address is null ? IsLocalhost(host) : IsLoopback(bits)) return true;
        foreach (var entry in _entries)
        {
            if (entry.Matches(host, address, port)) return true;
        }

        return false;
    }

    private static bool IsLoopback(UInt128 address)
    {
        foreach (var range in Loopback)
        {
            if (range.Contains(address)) return true;
        }

        return false;
    }

    private static bool IsLocalhost(ReadOnlySpan<char> host) => WithoutLastDot(host).SequenceEqual("localhost");

    private static ReadOnlySpan<char> WithoutLastDot(ReadOnlySpan<char> host) => host.EndsWith('.') ? host[..^1] : host;

    /// <summary>One entry. What cannot be read matches nothing, as everywhere: the variable is shared with other programs.</summary>
    private sealed class Entry(string name, AddressRange? range, int? port)
    {
        private readonly bool _onlyBelow = name.StartsWith("*.", StringComparison.Ordinal);
        private readonly string _name = WithoutLastDot(name.StartsWith("*.", StringComparison.Ordinal) ? name.AsSpan(2) : name.AsSpan().TrimStart('.')).ToString();

        public static Entry Parse(string text)
        {
            if (!text.StartsWith('[') && TryParse(text, out var bare)) return new Entry("", bare, null);
            var (host, port) = Split(text);
            return TryParse(host.Trim('[', ']'), out var address) ? new Entry("", address, port) : new Entry(host, null, port);
        }

        public bool Matches(string host, UInt128? address, int destinationPort)
        {
            if (port is not null && port != destinationPort) return false;
            if (name == "*") return true;
            if (address is { } bits) return range?.Contains(bits) == true;
            if (_name.Length == 0) return false;
            var asked = WithoutLastDot(host);
            if (!asked.EndsWith(_name, StringComparison.Ordinal)) return false;
            return asked.Length == _name.Length ? !_onlyBelow : asked[^(_name.Length + 1)] == '.';
        }

        // Bits beyond the prefix, which are a mistake in our own options, nobody minds in NO_PROXY: the range is there, though it is refused.
        private static bool TryParse(string text, out AddressRange range) => AddressRange.TryParse(text, out range, out _) || range != default;

        private static (string Host, int? Port) Split(string text)
        {
            var colon = text.LastIndexOf(':');
            return colon > text.LastIndexOf(']') && ushort.TryParse(text.AsSpan(colon + 1), out var port) ? (text[..colon], port) : (text, null);
        }
    }
}
