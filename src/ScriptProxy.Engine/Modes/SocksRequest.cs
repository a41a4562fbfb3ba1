using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace ScriptProxy.Engine.Modes;

/// <summary>Reads what SOCKS clients send (RFC 1928, RFC 1929) from bytes that may not all be there yet.</summary>
internal static class SocksRequest
{
    public const byte Version = 5;
    public const byte Connect = 1;
    private const byte PasswordVersion = 1;
    private const byte IPv4 = 1;
    private const byte Domain = 3;
    private const byte IPv6 = 4;
    private const int HeadLength = 4;

    /// <summary>The length of the method offer (§3): version, count, methods.</summary>
    /// <returns>0 while more is needed; -1 when this is not SOCKS5.</returns>
    public static int OfferLength(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes[0] != Version) return -1;
        return bytes.Length < 2 || bytes.Length < 2 + bytes[1] ? 0 : 2 + bytes[1];
    }

    /// <summary>Whether a complete offer has a method.</summary>
    public static bool Offers(ReadOnlySpan<byte> offer, byte method) => offer[2..].Contains(method);

    /// <summary>The length of user and password (RFC 1929 §2): version, length, user, length, password.</summary>
    /// <inheritdoc cref="OfferLength" path="/returns"/>
    public static int PasswordLength(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes[0] != PasswordVersion) return -1;
        if (bytes.Length < 2 || bytes.Length < 3 + bytes[1]) return 0;
        var length = 3 + bytes[1] + bytes[2 + bytes[1]];
        return bytes.Length < length ? 0 : length;
    }

    /// <summary>Takes complete credentials apart.</summary>
    public static void SplitPassword(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password)
    {
        user = bytes.Slice(2, bytes[1]);
        password = bytes[(3 + bytes[1])..];
    }

    /// <summary>The length of a request (§4): version, command, reserved, address type, address, port.</summary>
    /// <returns>0 while more is needed; -1 when this is not SOCKS5; -2 when the address is of an unknown type.</returns>
    public static int RequestLength(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes[0] != Version) return -1;
        if (bytes.Length < HeadLength + 1) return 0;
        var address = bytes[3] switch
        {
            IPv4 => 4,
            IPv6 => 16,
            Domain => 1 + bytes[HeadLength],
            _ => -1,
        };
        if (address < 0) return -2;
        return bytes.Length < HeadLength + address + 2 ? 0 : HeadLength + address + 2;
    }

    /// <summary>Where a complete request wants to go.</summary>
    /// <param name="request">All of it.</param>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <returns>False when the name cannot be one.</returns>
    public static bool TryReadDestination(ReadOnlySpan<byte> request, out string host, out int port)
    {
        port = BinaryPrimitives.ReadUInt16BigEndian(request[^2..]);
        var address = request[HeadLength..^2];
        host = request[3] == Domain ? Encoding.Latin1.GetString(address[1..]).ToLowerInvariant() : Plain(new IPAddress(address)).ToString();

        // An address in a name's place is what some clients send; in brackets it is none.
        return port != 0 && Authority.IsHost(host);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
