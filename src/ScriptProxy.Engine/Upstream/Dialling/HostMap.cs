using System.Globalization;
using System.Net;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>What --map-host says in place of DNS: <c>NAME=ADDRESS</c>, <c>NAME:PORT=ADDRESS:PORT</c>; a name given several times has several addresses. Filled before the proxy starts.</summary>
internal sealed class HostMap
{
    private readonly Dictionary<(string Host, int Port), List<IPEndPoint>> _byPort = [];
    private readonly Dictionary<string, List<IPEndPoint>> _byName = new(StringComparer.Ordinal);

    /// <param name="entries">What the user wrote.</param>
    /// <param name="problems">Gets a line for each that is wrong.</param>
    public static HostMap Of(IEnumerable<string> entries, ICollection<string> problems)
    {
        var map = new HostMap();
        foreach (var entry in entries)
        {
            if (map.TryAdd(entry) is { } problem) problems.Add($"--map-host \"{Printable.Escape(entry)}\": {problem}");
        }

        return map;
    }

    /// <summary>Says where one port of a host is, whatever was said before.</summary>
    public void Set(string host, int port, IPEndPoint address) => _byPort[(host, port)] = [address];

    /// <summary>Where a host is; null where DNS is to be asked.</summary>
    public IReadOnlyList<IPEndPoint>? Find(string host, int port)
    {
        if (_byPort.TryGetValue((host, port), out var both)) return both;
        return _byName.TryGetValue(host, out var any) ? [.. any.Select(address => new IPEndPoint(address.Address, address.Port == 0 ? port : address.Port))] : null;
    }

    private static void Add<TKey>(Dictionary<TKey, List<IPEndPoint>> entries, TKey key, IPEndPoint address)
        where TKey : notnull
    {
        if (!entries.TryGetValue(key, out var addresses)) entries[key] = addresses = [];
        if (!addresses.Contains(address)) addresses.Add(address);
    }

    private string? TryAdd(string entry)
    {
        var equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) return "expected NAME=ADDRESS, with ports where they matter: api.test=127.0.0.1, api.test:443=127.0.0.1:8443.";
        if (!Authority.TryParse(entry[..equals], -1, out var host, out var port) && !Authority.TryParse(entry[..equals], 1, out host, out port)) return "the name is not a host name.";
        if (!HasPort(entry[..equals])) port = 0;
        if (!TryParseAddress(entry[(equals + 1)..], out var address)) return "expected an IP address after =, with an optional port, IPv6 then in brackets: 127.0.0.1:8443, [::1]:8443.";
        if (port == 0) Add(_byName, host, address);
        else Add(_byPort, (host, port), new IPEndPoint(address.Address, address.Port == 0 ? port : address.Port));
        return null;
    }

    private static bool HasPort(string authority) => authority.LastIndexOf(':') > authority.LastIndexOf(']');

    private static bool TryParseAddress(string text, out IPEndPoint address)
    {
        address = new IPEndPoint(IPAddress.None, 0);
        if (text.Contains('%', StringComparison.Ordinal)) return false;
        if (!text.StartsWith('[') && text.AsSpan().Count(':') > 1)
        {
            if (!IPAddress.TryParse(text, out var bare)) return false;
            address = new IPEndPoint(bare, 0);
            return true;
        }

        var port = 0;
        var colon = HasPort(text) ? text.LastIndexOf(':') : -1;
        if (colon >= 0 && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > IPEndPoint.MaxPort)) return false;
        var host = colon < 0 ? text : text[..colon];
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var parsed)) return false;
        address = new IPEndPoint(parsed, port);
        return true;
    }
}
