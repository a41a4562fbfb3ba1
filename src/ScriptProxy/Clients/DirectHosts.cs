using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ScriptProxy.Cli.Clients;

/// <summary>The hosts that clients reach without the proxy: as NO_PROXY has them, and as Java does.</summary>
internal sealed partial class DirectHosts
{
    /// <summary>This machine. Programs differ in how they read each of these; together they reach all of them.</summary>
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1", "[::1]", ".localhost"];

    /// <summary>Names that only a Kubernetes cluster knows.</summary>
    private static readonly string[] Cluster = [".svc", ".cluster.local"];

    private readonly List<string> _entries = [];

    private DirectHosts()
    {
    }

    /// <summary>Joins what is to be exempt.</summary>
    /// <param name="present">NO_PROXY as it is; null or empty when not set. Comes first, and stays as it was written.</param>
    /// <param name="more">Further hosts.</param>
    /// <param name="withLoopback">Whether this machine is exempt.</param>
    /// <param name="withCluster">Whether services of a cluster are.</param>
    public static DirectHosts Of(string? present, IEnumerable<string> more, bool withLoopback, bool withCluster)
    {
        var hosts = new DirectHosts();
        hosts.Add((present ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        if (withLoopback) hosts.Add(Loopback);
        if (withCluster) hosts.Add(Cluster);
        hosts.Add(more.SelectMany(entry => entry.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        return hosts;
    }

    /// <summary>The value of NO_PROXY; empty when nothing is exempt.</summary>
    public string Variable => string.Join(',', _entries);

    /// <summary>
    /// The value of http.nonProxyHosts, which knows a * at either end and neither ports nor networks. What it cannot say is left out: such hosts are reached
    /// through the proxy, rather than others without it.
    /// </summary>
    public string JavaProperty => string.Join('|', _entries.SelectMany(OfJava).Distinct(StringComparer.Ordinal));

    /// <summary>Whether text can stand in NO_PROXY: a host, a domain with a dot or *. in front, an address, a network, with a port or not.</summary>
    public static bool IsValid(string text) => Form().IsMatch(text);

    private void Add(IEnumerable<string> entries)
    {
        foreach (var entry in entries)
        {
            if (!_entries.Contains(entry, StringComparer.OrdinalIgnoreCase)) _entries.Add(entry);
        }
    }

    private static IEnumerable<string> OfJava(string entry)
    {
        if (entry == "*") return ["*"];
        if (entry.Contains('/', StringComparison.Ordinal)) return Network(entry);
        if (IPAddress.TryParse(entry.Trim('[', ']'), out var address)) return [address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.Equals(IPAddress.Loopback) ? "127.*" : entry];
        if (entry.Contains(':', StringComparison.Ordinal)) return [];
        var domain = entry.TrimStart('*').TrimStart('.');
        if (domain.Length == 0) return [];
        return domain.Length == entry.Length && domain != "localhost" ? [domain, "*." + domain] : domain == entry ? [domain] : ["*." + domain];
    }

    /// <summary>An IPv4 network as prefixes of whole octets: 172.16.0.0/12 is 172.16.* to 172.31.*.</summary>
    private static IEnumerable<string> Network(string entry)
    {
        if (!IPNetwork.TryParse(entry, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || network.PrefixLength == 0) yield break;
        var octets = network.BaseAddress.GetAddressBytes();
        var last = (network.PrefixLength - 1) / 8;
        var count = 1 << (7 - (network.PrefixLength - 1) % 8);
        var head = string.Concat(octets.Take(last).Select(octet => octet.ToString(CultureInfo.InvariantCulture) + "."));
        for (var i = 0; i < count; i++) yield return string.Create(CultureInfo.InvariantCulture, $"{head}{octets[last] + i}{(last < 3 ? ".*" : "")}");
    }

    [GeneratedRegex(@"\A(\*|(\*?\.)?[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?(:\d{1,5})?|[0-9.]+/\d{1,2}|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?(/\d{1,3}|:\d{1,5})?)\z")]
    private static partial Regex Form();
}
