using System.Buffers.Binary;
using System.Text;

namespace ScriptProxy.Engine.Tests.Tls;

/// <summary>Writes ClientHellos, right ones and wrong ones.</summary>
internal sealed class HelloBuilder
{
    private readonly List<byte[]> _extensions = [];

    public int Version { get; init; } = 0x0303;

    public byte[] SessionId { get; init; } = new byte[32];

    public byte[] CipherSuites { get; init; } = Numbers(0x1301, 0xc02b);

    public byte[] Compression { get; init; } = [0];

    /// <summary>Without extensions: whether their empty list is written.</summary>
    public bool HasExtensions { get; init; } = true;

    public HelloBuilder With(int type, params byte[] data)
    {
        _extensions.Add([.. Number(type), .. Vector16(data)]);
        return this;
    }

    public HelloBuilder WithServerName(string name) => With(0, Vector16([0, .. Vector16(Encoding.Latin1.GetBytes(name))]));

    public HelloBuilder WithAlpn(params string[] names) => With(16, Vector16([.. names.SelectMany(name => Vector8(Encoding.Latin1.GetBytes(name)))]));

    public HelloBuilder WithVersions(params int[] versions) => With(43, Vector8(Numbers(versions)));

    /// <summary>The body of the message.</summary>
    public byte[] Body()
    {
        var extensions = HasExtensions ? Vector16([.. _extensions.SelectMany(extension => extension)]) : [];
        return [.. Number(Version), .. new byte[32], .. Vector8(SessionId), .. Vector16(CipherSuites), .. Vector8(Compression), .. extensions];
    }

    /// <summary>In records of this many bytes each.</summary>
    public byte[] Bytes(int recordLength = 16 * 1024) => Records(Message(1, Body()), recordLength);

    /// <summary>With these bytes at the end of the body.</summary>
    public byte[] Tail(params byte[] tail) => Records(Message(1, [.. Body(), .. tail]), 16 * 1024);

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), .. Number(body.Length & 0xffff), .. body];

    public static byte[] Records(byte[] message, int recordLength) => [.. message.Chunk(recordLength).SelectMany(fragment => Record(22, fragment))];

    public static byte[] Record(byte type, byte[] fragment) => [type, 3, 1, .. Vector16(fragment)];

    public static byte[] Vector8(byte[] bytes) => [(byte)bytes.Length, .. bytes];

    public static byte[] Vector16(byte[] bytes) => [.. Number(bytes.Length), .. bytes];

    public static byte[] Numbers(params int[] numbers) => [.. numbers.SelectMany(Number)];

    public static byte[] Number(int number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)number);
        return bytes;
    }
}
