using System.Threading.Channels;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>What a client reads and writes in a tunnel that is the first stream of its HTTP/2 connection, so that TLS can be spoken within it.</summary>
internal sealed class TunnelStream : Stream
{
    private const int FrameBytes = 16 * 1024;

    private readonly Http2Peer _peer;
    private readonly Channel<byte[]> _received = Channel.CreateUnbounded<byte[]>();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _credit = new(0);
    private ReadOnlyMemory<byte> _rest;
    private int _window = 768 * 1024;

    private TunnelStream(Http2Peer peer)
    {
        _peer = peer;
        _ = ReceiveAsync();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Takes over a connection on whose first stream a CONNECT was answered with 200.</summary>
    public static TunnelStream Of(Http2Peer peer) => new(peer);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!await _received.Reader.WaitToReadAsync(cancellationToken)) return 0;
            if (_received.Reader.TryRead(out var piece)) _rest = piece;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            while (Volatile.Read(ref _window) <= 0) await _credit.WaitAsync(cancellationToken);
            var piece = buffer[..Math.Min(Math.Min(buffer.Length, FrameBytes), Volatile.Read(ref _window))];
            Interlocked.Add(ref _window, -piece.Length);
            await SendAsync(() => _peer.SendAsync(FrameType.Data, 0, 1, piece.ToArray()));
            buffer = buffer[piece.Length..];
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is kept.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _peer.Connection.Reset();
        base.Dispose(disposing);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var frame = await _peer.ReadAsync();
                if (frame.Header.Type == FrameType.WindowUpdate) Credit(frame);
                if (frame.Header.Type != FrameType.Data) continue;
                _received.Writer.TryWrite(frame.Payload);
                if (frame.EndsStream) break;
                if (frame.Payload.Length == 0) continue;
                await SendAsync(() => _peer.SendNumberAsync(FrameType.WindowUpdate, 0, frame.Payload.Length));
                await SendAsync(() => _peer.SendNumberAsync(FrameType.WindowUpdate, 1, frame.Payload.Length));
            }

            _received.Writer.Complete();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            _received.Writer.Complete(new IOException("The connection broke.", exception));
        }
    }

    /// <summary>The stream's window is the smaller one here: only it is kept to.</summary>
    private void Credit(Http2Peer.Frame frame)
    {
        if (frame.Header.StreamId != 1) return;
        Interlocked.Add(ref _window, frame.Number);
        _credit.Release();
    }

    private async Task SendAsync(Func<Task> send)
    {
        await _sending.WaitAsync();
        try
        {
            await send();
        }
        finally
        {
            _sending.Release();
        }
    }
}
