using System.Buffers.Binary;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>What a client says first (RFC 9113 §3.4), and what it can take.</summary>
internal static class Http2Preface
{
    private const int EnablePush = 2;
    private const int InitialWindowSize = 4;
    private const int MaxHeaderListSize = 6;

    /// <summary>Writes the preface, our settings, and the credit of the connection.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="maxHeadBytes">How long a response head may be.</param>
    public static void Write(WireBuffer output, int maxHeadBytes)
    {
        output.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        new FrameHeader(3 * 6, FrameType.Settings, 0, 0).Write(output);
        WriteSetting(output, EnablePush, 0);
        WriteSetting(output, InitialWindowSize, Http2Windows.Stream);
        WriteSetting(output, MaxHeaderListSize, maxHeadBytes);
        new FrameHeader(4, FrameType.WindowUpdate, 0, 0).Write(output);
        WriteNumber(output, Http2Windows.Connection - Http2Windows.Initial);
    }

    private static void WriteSetting(WireBuffer output, int setting, int value)
    {
        output.Write([(byte)(setting >> 8), (byte)setting]);
        WriteNumber(output, value);
    }

    private static void WriteNumber(WireBuffer output, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        output.Write(bytes);
    }
}
