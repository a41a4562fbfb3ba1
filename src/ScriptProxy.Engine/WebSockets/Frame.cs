using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>Writes frames of our own, and masks (RFC 6455 §5.3).</summary>
internal static class Frame
{
    /// <summary>A whole message or control frame in one frame.</summary>
    /// <param name="opcode">What it is.</param>
    /// <param name="payload">What it says; already compressed when <paramref name="isCompressed"/>.</param>
    /// <param name="masked">Whether it goes to a server: a client masks with a key that nobody can foresee.</param>
    /// <param name="isCompressed">Whether the receiver has to inflate it.</param>
    public static byte[] Make(Opcode opcode, ReadOnlySpan<byte> payload, bool masked, bool isCompressed = false)
    {
        uint? mask = masked ? BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)) : null;
        Span<byte> header = stackalloc byte[FrameHeader.MaxLength];
        var headerLength = new FrameHeader(true, isCompressed, opcode, mask, payload.Length, 0).Write(header);
        var frame = new byte[headerLength + payload.Length];
        header[..headerLength].CopyTo(frame);
        payload.CopyTo(frame.AsSpan(headerLength));
        if (mask is { } key) Mask(frame.AsSpan(headerLength), key);
        return frame;
    }

    /// <summary>Masks, or takes the mask off.</summary>
    /// <param name="payload">From its first byte on.</param>
    /// <param name="key">The four bytes as they stand in the frame.</param>
    public static void Mask(Span<byte> payload, uint key)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        var wide = key | ((ulong)key << 32);
        for (var i = 0; i < words.Length; i++) words[i] ^= wide;

        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, key);
        for (var i = words.Length * 8; i < payload.Length; i++) payload[i] ^= bytes[i & 3];
    }
}
