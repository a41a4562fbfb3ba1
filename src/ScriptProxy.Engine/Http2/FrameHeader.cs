using System.Buffers.Binary;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Http2;

/// <summary>The nine bytes before every frame (RFC 9113 §4.1).</summary>
internal readonly record struct FrameHeader(int Length, FrameType Type, byte Flags, int StreamId)
{
    public const int Bytes = 9;
    public const byte EndStream = 0x01;
    public const byte Ack = 0x01;
    public const byte EndHeaders = 0x04;
    public const byte Padded = 0x08;
    public const byte Priority = 0x20;

    public bool Has(byte flag) => (Flags & flag) != 0;

    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), (FrameType)bytes[3], bytes[4],
        (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & int.MaxValue));

    public void Write(WireBuffer output)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt32BigEndian(bytes, (Length << 8) | (byte)Type);
        bytes[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes[5..], StreamId);
        output.Write(bytes);
    }
}
