using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Hosts;

/// <summary>IP addresses as 128 bits, IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2), so that both kinds are compared in one way.</summary>
internal static class AddressBits
{
    /// <summary>How many bits stand before an IPv4 address.</summary>
    public const int MappedPrefixLength = 96;

    private static readonly UInt128 Mapped = new(0, 0x0000_ffff_0000_0000);

    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length)) throw new ArgumentException("No IP address.", nameof(address));
        return length == 4 ? Mapped | BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Reads a host that is an address: IPv4 in dotted decimals, IPv6 without brackets. A name, or another spelling of IPv4, is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> host, out UInt128 bits)
    {
        bits = default;
        if (host.IsEmpty) return false;
        if (host.Contains(':')) return TryParseV6(host, out bits);
        if (!char.IsAsciiDigit(host[0]) || !TryParseV4(host, out var v4)) return false;
        bits = Mapped | v4;
        return true;
    }

    private static bool TryParseV4(ReadOnlySpan<char> host, out uint bits)
    {
        bits = 0;
        for (var part = 0; part < 4; part++)
        {
            var dot = part == 3 ? host.Length : host.IndexOf('.');
            if (dot is < 1 or > 3 || (dot > 1 && host[0] == '0') || !byte.TryParse(host[..dot], NumberStyles.None, null, out var octet)) return false;
            bits = bits << 8 | octet;
            host = part == 3 ? default : host[(dot + 1)..];
        }

        return true;
    }

    private static bool TryParseV6(ReadOnlySpan<char> host, out UInt128 bits)
    {
        bits = default;

        // The zone (RFC 6874) means something on this machine only.
        var zone = host.IndexOf('%');
        if (!IPAddress.TryParse(zone < 0 ? host : host[..zone], out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        bits = Of(address);
        return true;
    }
}
