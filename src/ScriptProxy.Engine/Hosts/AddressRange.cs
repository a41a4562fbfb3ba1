using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Hosts;

/// <summary>The addresses of a CIDR prefix (RFC 4632), or a single one.</summary>
/// <param name="Bits">The first address, see <see cref="AddressBits"/>.</param>
/// <param name="PrefixLength">How many leading bits of 128 are fixed.</param>
internal readonly record struct AddressRange(UInt128 Bits, int PrefixLength)
{
    private const int AllBits = 128;

    /// <summary>Whether it is one address.</summary>
    public bool IsSingle => PrefixLength == AllBits;

    public bool Contains(UInt128 address) => PrefixLength == 0 || (address ^ Bits) >> (AllBits - PrefixLength) == 0;

    /// <summary>Reads "10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1".</summary>
    /// <param name="text">Without brackets.</param>
    /// <param name="range">The addresses.</param>
    /// <param name="problem">Why it is none, with what to write instead.</param>
    public static bool TryParse(string text, out AddressRange range, out string problem)
    {
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!AddressBits.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var bits) || !IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
        {
            problem = "not an IP address. Write one such as 192.0.2.1 or 2001:db8::1, or a range such as 10.0.0.0/8.";
            return false;
        }

        var most = address.AddressFamily == AddressFamily.InterNetwork ? AllBits - AddressBits.MappedPrefixLength : AllBits;
        var length = most;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) || length > most))
        {
            problem = $"what follows the slash is not 0 to {most}. Write a range such as {(most == AllBits ? "fd00::/8" : "10.0.0.0/8")}.";
            return false;
        }

        range = new AddressRange(bits, AllBits - most + length);
        var first = range.First;
        problem = first == bits ? "" : $"the address has bits beyond the prefix. Write {Text(first, most)}/{length} for the range, or {address} for the one address.";
        return first == bits;
    }

    private UInt128 First => PrefixLength == 0 ? 0 : Bits & UInt128.MaxValue << (AllBits - PrefixLength);

    private static string Text(UInt128 bits, int most)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new IPAddress(bytes[^(most / 8)..]).ToString();
    }
}
