using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>One end of a WebSocket as bytes: a connection that switched protocols, or an HTTP/2 stream. One reader and one writer at a time.</summary>
/// <param name="stream">Where it is read and written.</param>
/// <param name="early">What was read from it already.</param>
/// <param name="stopSendingAsync">Says that nothing more comes.</param>
/// <param name="abort">Cuts it, from any thread.</param>
internal sealed class WebSocketPeer(Stream stream, ReadOnlyMemory<byte> early, Func<ValueTask> stopSendingAsync, Action abort)
{
    private ReadOnlyMemory<byte> _early = early;
    private int _stopped;

    /// <summary>A connection that stands behind its 101.</summary>
    public static WebSocketPeer Of(BufferedConnection wire)
    {
        var early = wire.Buffered.ToArray();
        wire.Consume(early.Length);
        wire.ReleaseBuffer();
        return new WebSocketPeer(wire.Stream, early, wire.StopSendingAsync, wire.Abort);
    }

    /// <returns>0 at the end.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (_early.IsEmpty) return stream.ReadAsync(buffer);
        var count = Math.Min(buffer.Length, _early.Length);
        _early[..count].CopyTo(buffer);
        _early = _early[count..];
        return new(count);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    /// <summary>Says, once, that nothing more comes.</summary>
    public ValueTask StopSendingAsync() => Interlocked.Exchange(ref _stopped, 1) == 0 ? stopSendingAsync() : default;

    public void Abort() => abort();

    /// <summary>Whether an exception says that the connection is gone.</summary>
    public static bool IsGone(Exception exception) => exception is IOException or ObjectDisposedException or OperationCanceledException;
}
