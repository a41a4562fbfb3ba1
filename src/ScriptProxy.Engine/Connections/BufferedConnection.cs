using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// A socket, or TLS over it, with the bytes that were read and not yet consumed. Both sides of the proxy read through it. One reader and
/// one writer at a time; <see cref="Abort"/> may be called from any thread.
/// </summary>
/// <param name="end">What carries it, owned from here on.</param>
/// <param name="stream">Its stream, or TLS over it.</param>
/// <param name="transport">What a TLS stream reads from and writes to; null without TLS.</param>
internal sealed class BufferedConnection(IConnectionEnd end, Stream stream, TlsTransport? transport = null) : IDisposable
{
    private const int HeadBufferBytes = 16 * 1024;
    private const int BodyBufferBytes = 64 * 1024;

    // With the record that was read before, what fits a send of 64 KiB.
    private const int ReadTogetherBytes = 2 * TlsTransport.RecordPayload;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _disposed;
    private volatile bool _isReading;
    private bool _mayHoldMore;
    private Task<int>? _readBegun;

    /// <param name="socket">The socket, owned from here on.</param>
    /// <param name="stream">Its stream, or TLS over it.</param>
    /// <param name="transport">What a TLS stream reads from and writes to; null without TLS.</param>
    public BufferedConnection(Socket socket, Stream stream, TlsTransport? transport = null)
        : this(new SocketEnd(socket), stream, transport)
    {
    }

    /// <summary>What carries it.</summary>
    public IConnectionEnd End => end;

    /// <summary>The socket that carries it.</summary>
    /// <exception cref="InvalidOperationException">It is no socket.</exception>
    public Socket Socket => end.Socket ?? throw new InvalidOperationException("A stream of HTTP/2 has no socket of its own.");

    public Stream Stream => stream;

    /// <summary>Bytes received and not yet consumed. Valid until the next fill.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The same as <see cref="Buffered"/>, to be written elsewhere without copying.</summary>
    public ReadOnlyMemory<byte> BufferedMemory => _buffer.AsMemory(_start, _end - _start);

    public bool HasBuffered => _start != _end;

    /// <summary>Whether a read is pending, such as one of an addon that was given up on: nobody else may read then.</summary>
    public bool IsReading => _isReading;

    /// <summary>Whether it is a socket without TLS.</summary>
    public bool IsPlain => transport is null && stream is NetworkStream;

    public void Consume(int count) => _start += count;

    /// <summary>Consumes all that is buffered; valid until the next fill.</summary>
    public ReadOnlyMemory<byte> TakeBuffered()
    {
        var taken = BufferedMemory;
        _start = _end;
        return taken;
    }

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
        int count;
        _isReading = true;
        if (_readBegun is { } begun)
        {
            _readBegun = null;
            count = await begun;
        }
        else
        {
            // Nobody knows how long it will take: neither this nor the TLS stream holds a buffer meanwhile.
            if (_buffer.Length == 0 && transport is { HasReceived: false }) _ = await stream.ReadAsync(Memory<byte>.Empty);
            MakeRoom();
            count = await stream.ReadAsync(_buffer.AsMemory(_end));
        }

        _isReading = false;
        _end += count;
        if (count > 0 && transport is { ReadsAhead: true }) count += ReadReceivedRecords(transport);
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
        if (_buffer.Length >= BodyBufferBytes || HasBuffered || _readBegun is not null) return;
        ReleaseBuffer();
        _buffer = ArrayPool<byte>.Shared.Rent(BodyBufferBytes);
        if (transport is not null) transport.ReadsAhead = true;
    }

    /// <summary>Gives a large or idle buffer back to the pool. Only while nothing is buffered and no read is pending.</summary>
    public void ReleaseBuffer()
    {
        if (HasBuffered || _buffer.Length == 0 || _readBegun is not null) return;
        if (transport is not null) transport.ReadsAhead = false;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    /// <summary>Gives the body buffer back once a body is through, so that an idle connection holds little.</summary>
    public void ReleaseBodyBuffer()
    {
        if (_buffer.Length >= BodyBufferBytes) ReleaseBuffer();
    }

    /// <summary>Writes all of it. A socket takes at once what fits its buffer; only what does not is waited for.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">It was cut.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (transport is not null) return bytes.Length <= TlsTransport.RecordPayload ? stream.WriteAsync(bytes) : WriteRecordsAsync(transport, bytes);
        if (stream is NetworkStream && end.Socket is { } socket) bytes = bytes[SendNow(socket, bytes.Span)..];
        return bytes.IsEmpty ? default : stream.WriteAsync(bytes);
    }

    /// <summary>Whether an idle connection can still be used: nothing to read, not closed, no error.</summary>
    public bool IsUsable()
    {
        // What did not fit the last read may wait within the TLS stream, where the socket does not show it.
        if (_mayHoldMore && stream is System.Net.Security.SslStream) return false;
        if (_readBegun is not null || transport is { HasReceived: true }) return false;
        return !HasBuffered && end.IsQuiet;
    }

    /// <summary>What the other side has done, read or not.</summary>
    public PeerState PeerState() => end.PeerState;

    /// <summary>Wakes a pending read with an end of stream, leaving the sending side usable for an answer.</summary>
    public void StopReceiving() => end.StopReceiving();

    /// <summary>Tells the other side that nothing more comes: close_notify in TLS, then FIN.</summary>
    public async ValueTask StopSendingAsync()
    {
        try
        {
            if (stream is System.Net.Security.SslStream tls) await tls.ShutdownAsync();
            if (transport?.Inner is System.Net.Security.SslStream outer) await outer.ShutdownAsync();
            await end.StopSendingAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side is gone already; there is nobody to tell.
        }
    }

    /// <summary>Cuts the connection with a reset, so that the other side cannot take what came so far for the whole.</summary>
    public void Abort() => end.Abort();

    /// <summary>Closes the connection and gives the buffer back. The owner calls it, after its last read ended.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        stream.Dispose();
        end.Dispose();

        // A read that is still pending may yet write to the buffer; it must not be anyone else's then.
        if (_isReading) return;
        _start = _end = 0;
        ReleaseBuffer();
    }

    /// <summary>Reads the records that were received with the last one, so that they go on in one piece.</summary>
    private int ReadReceivedRecords(TlsTransport ahead)
    {
        var before = _end;
        while (ahead.HasWholeRecord && _end - before < ReadTogetherBytes && _buffer.Length - _end >= TlsTransport.RecordPayload)
        {
            var read = stream.ReadAsync(_buffer.AsMemory(_end));
            if (!read.IsCompleted)
            {
                // A record without payload, such as a session ticket: its read waits for what comes after, and the next fill for it.
                _readBegun = read.AsTask();
                _isReading = true;
                break;
            }

            var count = read.GetAwaiter().GetResult();
            if (count == 0) break;
            _end += count;
        }

        return _end - before;
    }

    /// <summary>Sends without waiting: no object is made for it, which an idle connection would keep for ever.</summary>
    /// <returns>How many bytes were taken.</returns>
    private int SendNow(Socket socket, ReadOnlySpan<byte> bytes)
    {
        // Not before it is needed: NetworkStream cannot be made of a socket that does not block.
        if (socket.Blocking) socket.Blocking = false;
        var sent = socket.Send(bytes, SocketFlags.None, out var error);
        if (error is SocketError.Success or SocketError.WouldBlock) return sent;
        ObjectDisposedException.ThrowIf(error == SocketError.OperationAborted, this);
        throw new IOException($"Unable to write data to the connection ({error}).", new SocketException((int)error));
    }

    /// <summary>Encrypts what takes several records and sends them together.</summary>
    private async ValueTask WriteRecordsAsync(TlsTransport together, ReadOnlyMemory<byte> bytes)
    {
        together.Gather();
        await stream.WriteAsync(bytes);
        await together.SendGatheredAsync();
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
