using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>
/// Which addresses are not of the public internet, for --deny-private: this machine, its network, the metadata service of clouds, carrier NAT,
/// multicast, and the same addresses wrapped into IPv6 (mapped, NAT64, 6to4, Teredo). From IANA's special-purpose registries (RFC 6890).
/// </summary>
internal static class PrivateAddresses
{
    private static readonly AddressRange[] Ranges =
    [
        .. AddressRanges.Parse(
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::", "::1", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    ];

    public static bool Contains(IPAddress address)
    {
        var bits = AddressBits.Of(address);
        foreach (var range in Ranges)
        {
            if (range.Contains(bits)) return true;
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6 && ContainsEmbedded(address);
    }

    /// <summary>Whether the IPv4 address within an IPv6 address is a private one: whoever translates it would connect to that.</summary>
    private static bool ContainsEmbedded(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);

        // 6to4 (RFC 3056 §2), Teredo's client, written inverted (RFC 4380 §4), and its server.
        if (bytes[0] == 0x20 && bytes[1] == 0x02) return Contains(new IPAddress(bytes.Slice(2, 4)));
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x20, 0x01, 0, 0]))
            return Contains(new IPAddress([(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]])) || Contains(new IPAddress(bytes.Slice(4, 4)));

        // NAT64 (RFC 6052 §2.1) with the well-known prefix; the local one (RFC 8215) is private whatever it holds.
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])) return Contains(new IPAddress(bytes[12..]));
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B, 0, 1])) return true;

        // IPv4-compatible and IPv4-translated addresses, which nobody uses for anything good (RFC 4291 §2.5.5.1, RFC 2765).
        return bytes[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) ||
            bytes[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0]);
    }
}
