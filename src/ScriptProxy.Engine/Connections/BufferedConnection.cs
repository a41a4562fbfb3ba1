using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// A socket, or TLS over it, with the bytes that were read and not yet consumed. Both sides of the proxy read through it. One reader and
/// one writer at a time; <see cref="Abort"/> may be called from any thread.
/// </summary>
internal sealed class BufferedConnection(Socket socket, Stream stream) : IDisposable
{
    private const int HeadBufferBytes = 16 * 1024;
    private const int BodyBufferBytes = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _disposed;
    private volatile bool _isReading;
    private bool _mayHoldMore;

    public Socket Socket => socket;

    public Stream Stream => stream;

    /// <summary>Bytes received and not yet consumed. Valid until the next fill.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The same as <see cref="Buffered"/>, to be written elsewhere without copying.</summary>
    public ReadOnlyMemory<byte> BufferedMemory => _buffer.AsMemory(_start, _end - _start);

    public bool HasBuffered => _start != _end;

    /// <summary>Whether a read is pending, such as one of an addon that was given up on: nobody else may read then.</summary>
    public bool IsReading => _isReading;

    public void Consume(int count) => _start += count;

    /// <summary>Puts bytes that another reader of the same stream had taken in front; only on a connection that has read nothing.</summary>
    public void Prepend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(HeadBufferBytes, bytes.Length));
        bytes.CopyTo(_buffer);
        _end = bytes.Length;
    }

    /// <summary>Reads once and appends, growing the buffer when it is full; callers bound what they wait for.</summary>
    /// <returns>How many bytes came; 0 at the end of the stream.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> FillAsync()
    {
        MakeRoom();
        _isReading = true;
        var count = await stream.ReadAsync(_buffer.AsMemory(_end));
        _isReading = false;
        _end += count;
        _mayHoldMore = _end == _buffer.Length;
        return count;
    }

    /// <summary>The same, given up when cancelled; nothing is lost then.</summary>
    public async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        return count;
    }

    /// <summary>Larger reads from here on: worth it for bodies that do not fit the head buffer. Only while nothing is buffered.</summary>
    public void UseBodyBuffer()
    {
        if (_buffer.Length >= BodyBufferBytes || HasBuffered) return;
        ReleaseBuffer();
        _buffer = ArrayPool<byte>.Shared.Rent(BodyBufferBytes);
    }

    /// <summary>Gives a large or idle buffer back to the pool. Only while nothing is buffered and no read is pending.</summary>
    public void ReleaseBuffer()
    {
        if (HasBuffered || _buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    /// <summary>Gives the body buffer back once a body is through, so that an idle connection holds little.</summary>
    public void ReleaseBodyBuffer()
    {
        if (_buffer.Length >= BodyBufferBytes) ReleaseBuffer();
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes);

    /// <summary>Whether an idle connection can still be used: nothing to read, not closed, no error.</summary>
    public bool IsUsable()
    {
        try
        {
            // What did not fit the last read may wait within the TLS stream, where the socket does not show it.
            if (_mayHoldMore && stream is System.Net.Security.SslStream) return false;
            return !HasBuffered && socket.Connected && !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>What the other side has done, read or not.</summary>
    public PeerState PeerState()
    {
        try
        {
            return TcpState.Of(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return Connections.PeerState.Gone;
        }
    }

    /// <summary>Wakes a pending read with an end of stream, leaving the sending side usable for an answer.</summary>
    public void StopReceiving()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed: there is no read left to wake.
        }
    }

    /// <summary>Tells the other side that nothing more comes: close_notify in TLS, then FIN.</summary>
    public async ValueTask StopSendingAsync()
    {
        try
        {
            if (stream is System.Net.Security.SslStream tls) await tls.ShutdownAsync();
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side is gone already; there is nobody to tell.
        }
    }

    /// <summary>Cuts the connection with a reset, so that the other side cannot take what came so far for the whole.</summary>
    public void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed: a reset is all that is wanted.
        }

        socket.Dispose();
    }

    /// <summary>Closes the connection and gives the buffer back. The owner calls it, after its last read ended.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        stream.Dispose();
        socket.Dispose();

        // A read that is still pending may yet write to the buffer; it must not be anyone else's then.
        if (_isReading) return;
        _start = _end = 0;
        ReleaseBuffer();
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_buffer.Length == 0)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(HeadBufferBytes);
        }
        else if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                _end -= _start;
                _start = 0;
            }
            else
            {
                var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                Buffer.BlockCopy(_buffer, 0, larger, 0, _end);
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }
        }
    }
}
