using System.Net;
using System.Text.RegularExpressions;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Hosts;

/// <summary>
/// A set of <see cref="HostPattern"/>s, asked for every connection: names and suffixes are looked up, so that thousands of them cost what one
/// costs; only globs, ranges and regular expressions are tried one by one. Asking allocates nothing (but for an IPv6 host). Immutable.
/// </summary>
internal sealed class HostPatterns
{
    /// <summary>By name; with a leading dot, every name below it.</summary>
    private readonly Dictionary<string, PortRange[]> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, PortRange[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<UInt128, PortRange[]> _addresses = [];
    private readonly List<HostPattern> _networks = [];
    private readonly List<HostPattern> _globs = [];
    private readonly List<HostPattern> _expressions = [];
    private readonly bool _hasSuffixes;
    private PortRange[] _any = [];

    public HostPatterns(IReadOnlyCollection<HostPattern> patterns)
    {
        IsEmpty = patterns.Count == 0;
        foreach (var pattern in patterns)
        {
            Add(pattern);
            _hasSuffixes |= pattern.Kind is HostPatternKind.Below or HostPatternKind.Domain;
        }

        _lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>No host.</summary>
    public static HostPatterns None { get; } = new([]);

    /// <summary>Whether it holds no pattern.</summary>
    public bool IsEmpty { get; }

    /// <summary>Reads patterns.</summary>
    /// <param name="place">What names the option in problems, such as --ignore.</param>
    /// <param name="texts">What the user wrote.</param>
    /// <param name="problems">Gets a line for each that is none, naming option, pattern and remedy.</param>
    /// <returns>Those that are patterns.</returns>
    public static HostPatterns Parse(string place, IEnumerable<string> texts, ICollection<string> problems)
    {
        var patterns = new List<HostPattern>();
        foreach (var text in texts)
        {
            if (HostPattern.TryParse(text, out var pattern, out var problem)) patterns.Add(pattern);
            else problems.Add($"{place} \"{Printable.Escape(text)}\": {problem}");
        }

        return patterns.Count == 0 ? None : new HostPatterns(patterns);
    }

    /// <summary>Whether a host is meant by one of them.</summary>
    /// <param name="host">A DNS name, with or without the final dot, in any case; or an IP address without brackets.</param>
    /// <param name="port">The port; 0 when none is known, which only patterns without port match.</param>
    public bool Contains(string host, int port)
    {
        if (IsEmpty) return false;
        if (Has(_any, port)) return true;
        var name = host.EndsWith('.') ? host.AsSpan(0, host.Length - 1) : host;
        return ContainsName(name, port) || ContainsAddress(name, port) || Tries(name, port);
    }

    /// <summary>Whether an address is meant by one of them, by a range or as itself.</summary>
    public bool Contains(IPAddress address, int port) => !IsEmpty && (Has(_any, port) || Contains(AddressBits.Of(address), port));

    private static bool Has(PortRange[] ranges, int port)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(port)) return true;
        }

        return false;
    }

    private bool ContainsName(ReadOnlySpan<char> name, int port)
    {
        if (_lookup.TryGetValue(name, out var ports) && Has(ports, port)) return true;
        if (!_hasSuffixes) return false;
        while (name.IndexOf('.') is >= 0 and var dot)
        {
            if (_lookup.TryGetValue(name[dot..], out ports) && Has(ports, port)) return true;
            name = name[(dot + 1)..];
        }

        return false;
    }

    private bool ContainsAddress(ReadOnlySpan<char> host, int port) =>
        _addresses.Count + _networks.Count > 0 && AddressBits.TryParse(host, out var bits) && Contains(bits, port);

    private bool Contains(UInt128 address, int port)
    {
        if (_addresses.TryGetValue(address, out var ports) && Has(ports, port)) return true;
        foreach (var network in _networks)
        {
            if (network.Range.Contains(address) && network.Ports.Contains(port)) return true;
        }

        return false;
    }

    private bool Tries(ReadOnlySpan<char> name, int port)
    {
        foreach (var glob in _globs)
        {
            if (glob.Ports.Contains(port) && HostGlob.Matches(glob.Name, name)) return true;
        }

        foreach (var expression in _expressions)
        {
            if (expression.Ports.Contains(port) && Matches(expression.Regex!, name)) return true;
        }

        return false;
    }

    private static bool Matches(Regex regex, ReadOnlySpan<char> name)
    {
        try
        {
            return regex.IsMatch(name);
        }
        catch (RegexMatchTimeoutException)
        {
            // Linear time on a name of a few hundred characters: only a machine that stood still gets here.
            return false;
        }
    }

    private void Add(HostPattern pattern)
    {
        switch (pattern.Kind)
        {
            case HostPatternKind.Any:
                _any = [.. _any, pattern.Ports];
                break;
            case HostPatternKind.Name:
                Add(_names, pattern.Name, pattern.Ports);
                break;
            case HostPatternKind.Below:
                Add(_names, "." + pattern.Name, pattern.Ports);
                break;
            case HostPatternKind.Domain:
                Add(_names, pattern.Name, pattern.Ports);
                Add(_names, "." + pattern.Name, pattern.Ports);
                break;
            case HostPatternKind.Network when pattern.Range.IsSingle:
                Add(_addresses, pattern.Range.Bits, pattern.Ports);
                break;
            case HostPatternKind.Network:
                _networks.Add(pattern);
                break;
            case HostPatternKind.Glob:
                _globs.Add(pattern);
                break;
            case HostPatternKind.Regex:
                _expressions.Add(pattern);
                break;
        }
    }

    private static void Add<TKey>(Dictionary<TKey, PortRange[]> entries, TKey key, PortRange ports)
        where TKey : notnull => entries[key] = entries.TryGetValue(key, out var others) ? [.. others, ports] : [ports];
}
