using System.IO.Compression;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>Compresses messages of one direction (RFC 7692 §7.2.1). One message at a time.</summary>
/// <param name="keepsContext">Whether a message may refer to those before it.</param>
internal sealed class MessageDeflater(bool keepsContext) : IDisposable
{
    // A flush ends with an empty block of these bytes, which the receiver puts back.
    private const int TailBytes = 4;

    private MemoryStream? _output;
    private DeflateStream? _deflater;

    public byte[] Deflate(ReadOnlySpan<byte> message)
    {
        // Nothing leaves nothing to flush; what stands for it is an empty block (§7.2.3.6).
        if (message.IsEmpty) return [0];
        _output ??= new MemoryStream();
        _output.SetLength(0);
        _deflater ??= new DeflateStream(_output, CompressionLevel.Fastest, leaveOpen: true);
        _deflater.Write(message);
        _deflater.Flush();
        var compressed = _output.GetBuffer().AsSpan(0, (int)_output.Length - TailBytes).ToArray();
        if (!keepsContext) Dispose();
        return compressed;
    }

    public void Dispose()
    {
        _deflater?.Dispose();
        _output?.Dispose();
        _deflater = null;
        _output = null;
    }
}
