using System.Text;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>
/// Encodes field blocks (RFC 7541) without remembering anything: by the static table, and literally. Many clients share a connection to an
/// origin; a table that grew with their fields would let one find out another's by sizes (RFC 7541 §7.1).
/// </summary>
internal static class HpackWriter
{
    private const byte Indexed = 0x80;
    private const byte Literal = 0x00;
    private const byte NeverIndexed = 0x10;

    /// <summary>Says that no table is kept, which a receiver that made its own smaller has to be told (RFC 7541 §4.2).</summary>
    public static void WriteNoTable(WireBuffer output) => output.Write([0x20]);

    /// <summary>Writes a field that the static table has as it is.</summary>
    public static void WriteIndexed(WireBuffer output, int index) => output.Write([(byte)(Indexed | index)]);

    /// <summary>Writes a field whose name the static table has.</summary>
    public static void WriteValue(WireBuffer output, int nameIndex, ReadOnlySpan<byte> value)
    {
        WriteInteger(output, Literal, 4, nameIndex);
        WriteString(output, value);
    }

    /// <summary>Writes a field, its name in lower case.</summary>
    public static void Write(WireBuffer output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        const int longestUsual = 128;
        Span<byte> lower = name.Length <= longestUsual ? stackalloc byte[name.Length] : new byte[name.Length];
        Ascii.ToLower(name, lower, out _);
        var index = StaticTable.Find(lower);
        WriteInteger(output, IsSecret(index) ? NeverIndexed : Literal, 4, index);
        if (index == 0) WriteString(output, lower);
        WriteString(output, value);
    }

    // RFC 7541 §7.1.3: whoever sends these on must not put them into a table either.
    private static bool IsSecret(int index) => index is 23 or 32 or 49;

    private static void WriteString(WireBuffer output, ReadOnlySpan<byte> text)
    {
        WriteInteger(output, 0, 7, text.Length);
        output.Write(text);
    }

    private static void WriteInteger(WireBuffer output, byte first, int prefixBits, int value)
    {
        var most = (1 << prefixBits) - 1;
        Span<byte> bytes = stackalloc byte[6];
        if (value < most)
        {
            bytes[0] = (byte)(first | value);
            output.Write(bytes[..1]);
            return;
        }

        bytes[0] = (byte)(first | most);
        var count = 1;
        for (value -= most; value >= 0x80; value >>= 7) bytes[count++] = (byte)(0x80 | value);
        bytes[count++] = (byte)value;
        output.Write(bytes[..count]);
    }
}
