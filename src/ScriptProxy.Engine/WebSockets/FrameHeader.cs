using System.Buffers.Binary;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>The start of a frame (RFC 6455 §5.2).</summary>
/// <param name="IsFinal">Whether the message ends with it.</param>
/// <param name="IsCompressed">RSV1: with permessage-deflate (RFC 7692 §6), whether the message is compressed.</param>
/// <param name="Opcode">What it is.</param>
/// <param name="Mask">What its payload was XORed with; null when it is not masked.</param>
/// <param name="Length">Payload bytes.</param>
/// <param name="HeaderLength">Bytes before the payload.</param>
internal readonly record struct FrameHeader(bool IsFinal, bool IsCompressed, Opcode Opcode, uint? Mask, long Length, int HeaderLength)
{
    /// <summary>The longest header.</summary>
    public const int MaxLength = 14;

    private const int MaxControlLength = 125;
    private const byte Final = 0x80;
    private const byte Compressed = 0x40;
    private const byte Reserved = 0x30;
    private const byte Masked = 0x80;
    private const int Length16 = 126;
    private const int Length64 = 127;

    public bool IsControl => Opcode >= Opcode.Close;

    /// <summary>Reads the header that <paramref name="bytes"/> begin with.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="header">The header, when it is there.</param>
    /// <param name="problem">What makes it no frame; null when nothing does.</param>
    /// <returns>Whether it is complete; false with a problem when it never will be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header, out string? problem)
    {
        header = default;
        problem = null;
        if (bytes.Length < 2) return false;

        var opcode = (Opcode)(bytes[0] & 0x0F);
        var isFinal = (bytes[0] & Final) != 0;
        long length = bytes[1] & 0x7F;
        problem = Problem(bytes[0], opcode, isFinal, length);
        if (problem is not null) return false;

        var position = 2;
        if (length == Length16)
        {
            if (bytes.Length < 4) return false;
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            position = 4;
            if (length < Length16) problem = "a length that is not written in the shortest way";
        }
        else if (length == Length64)
        {
            if (bytes.Length < 10) return false;
            length = BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
            position = 10;
            if (length is >= 0 and <= ushort.MaxValue) problem = "a length that is not written in the shortest way";
            else if (length < 0) problem = "a length beyond all bounds";
        }

        if (problem is not null) return false;
        uint? mask = null;
        if ((bytes[1] & Masked) != 0)
        {
            if (bytes.Length < position + 4) return false;
            mask = BitConverter.ToUInt32(bytes[position..]);
            position += 4;
        }

        header = new FrameHeader(isFinal, (bytes[0] & Compressed) != 0, opcode, mask, length, position);
        return true;
    }

    /// <summary>Writes a header.</summary>
    /// <returns>How many bytes it has.</returns>
    public int Write(Span<byte> output)
    {
        output[0] = (byte)((IsFinal ? Final : 0) | (IsCompressed ? Compressed : 0) | (byte)Opcode);
        var position = 2;
        switch (Length)
        {
            case < Length16:
                output[1] = (byte)Length;
                break;
            case <= ushort.MaxValue:
                output[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)Length);
                position = 4;
                break;
            default:
                output[1] = Length64;
                BinaryPrimitives.WriteInt64BigEndian(output[2..], Length);
                position = 10;
                break;
        }

        if (Mask is not { } mask) return position;
        output[1] |= Masked;
        BitConverter.TryWriteBytes(output[position..], mask);
        return position + 4;
    }

    private static string? Problem(byte first, Opcode opcode, bool isFinal, long length)
    {
        if ((first & Reserved) != 0) return "reserved bits";
        if (opcode is > Opcode.Binary and < Opcode.Close or > Opcode.Pong) return $"the unknown opcode {(byte)opcode}";
        if (opcode < Opcode.Close) return null;
        if (!isFinal) return "a control frame in parts";
        if (length > MaxControlLength) return "a control frame that is too long";
        return (first & Compressed) != 0 ? "a compressed control frame" : null;
    }
}
