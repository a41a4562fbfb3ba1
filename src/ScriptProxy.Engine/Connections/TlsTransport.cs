using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// The encrypted side of a TLS stream: the socket, read into a buffer of its own and written in pieces as large as they come. SslStream by
/// itself asks the system twice for every read, and reads and writes one record at a time; a body then costs a wake-up of both peers for
/// every 16 KiB. One reader and one writer at a time. Disposing it leaves the socket to its owner.
/// </summary>
/// <param name="inner">The socket's stream.</param>
/// <param name="peeked">Bytes that were read from it already and come first.</param>
internal sealed class TlsTransport(Stream inner, ReadOnlyMemory<byte> peeked = default) : DuplexStream
{
    /// <summary>The most payload of a record (RFC 8446 §5.1).</summary>
    public const int RecordPayload = 16 * 1024;

    // A head with its TLS record; while nothing comes, this is what a waiting connection holds.
    private const int SmallReadBytes = 4 * 1024;
    private const int LargeReadBytes = 64 * 1024;
    private const int WriteBytes = 64 * 1024;
    private const int RecordHeaderBytes = 5;

    private readonly Lock _writing = new();
    private ReadOnlyMemory<byte> _peeked = peeked;
    private byte[]? _received;
    private int _start;
    private int _end;
    private int _recordLeft;
    private int _headerLength;
    private ushort _recordLength;
    private bool _ended;
    private byte[]? _gathered;
    private int _gatheredLength;
    private bool _gathers;

    /// <summary>Whether bodies are being read: what is received ahead is then worth a large buffer.</summary>
    public bool ReadsAhead { get; set; }

    /// <summary>Whether bytes were received that nobody has read: the socket does not show them any more.</summary>
    public bool HasReceived => !Received.IsEmpty;

    /// <summary>Whether anything was written.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Whether the next record was received to its end, so that reading it does not wait; unless it turns out to carry no payload.</summary>
    public bool HasWholeRecord
    {
        get
        {
            var received = Received;
            return _recordLeft == 0 && _headerLength == 0 && received.Length >= RecordHeaderBytes && BytesToBoundary(received) <= received.Length;
        }
    }

    /// <summary>What is below: the socket's stream, or another TLS.</summary>
    public Stream Inner => inner;

    private ReadOnlySpan<byte> Received => _peeked.IsEmpty ? _received.AsSpan(_start, _end - _start) : _peeked.Span;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Received.IsEmpty) return new ValueTask<int>(Take(buffer.Span));
        if (_ended) return new ValueTask<int>(0);
        return FillAsync(buffer, cancellationToken);
    }

    /// <summary>Keeps what is written from here on in memory, as far as it fits, until <see cref="SendGatheredAsync"/>.</summary>
    public void Gather()
    {
        lock (_writing) _gathers = true;
    }

    /// <summary>Sends what was gathered; writes go straight through again.</summary>
    public async ValueTask SendGatheredAsync()
    {
        var (bytes, length) = StopGathering();
        if (bytes is null) return;
        try
        {
            await inner.WriteAsync(bytes.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        HasWritten = true;
        lock (_writing)
        {
            if (!_gathers) return inner.WriteAsync(buffer, cancellationToken);
            if (TryGather(buffer.Span)) return default;
        }

        return SendThenGatherAsync(buffer);
    }

    /// <summary>Blocks: SslStream uses it for nothing but the alert of its own end.</summary>
    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush()
    {
        // Nothing is kept except between Gather and SendGatheredAsync, where sending is the caller's.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Receives once: into the caller's buffer when that is the larger one, else into our own.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!ReadsAhead && buffer.Length > SmallReadBytes)
        {
            var direct = await inner.ReadAsync(buffer, cancellationToken);
            Follow(buffer.Span[..direct]);
            _ended = direct == 0;
            return direct;
        }

        // Not returned to the pool when the read fails: it may still be written to.
        var received = ArrayPool<byte>.Shared.Rent(ReadsAhead ? LargeReadBytes : SmallReadBytes);
        var count = await inner.ReadAsync(received, cancellationToken);
        (_received, _start, _end, _ended) = (received, 0, count, count == 0);
        if (count == 0) ReturnReceived();
        return Take(buffer.Span);
    }

    /// <summary>Hands out what was received, to the end of a record at most: what the reader keeps is then never a part of the next one.</summary>
    private int Take(Span<byte> buffer)
    {
        var received = Received;
        var count = Math.Min(buffer.Length, Math.Min(received.Length, BytesToBoundary(received)));
        received[..count].CopyTo(buffer);
        Follow(received[..count]);
        Advance(count);
        return count;
    }

    /// <summary>How many bytes the record in hand still has; only as many as complete its header while that was not received.</summary>
    private int BytesToBoundary(ReadOnlySpan<byte> received)
    {
        if (_recordLeft > 0) return _recordLeft;
        if (_headerLength > 0 || received.Length < RecordHeaderBytes) return RecordHeaderBytes - _headerLength;
        return RecordHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(received[3..]);
    }

    /// <summary>Keeps track of where records begin in the bytes that were handed out (RFC 8446 §5.1).</summary>
    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_recordLeft > 0)
            {
                var skipped = Math.Min(_recordLeft, bytes.Length);
                _recordLeft -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            // The last two bytes of a header are the record's length.
            _recordLength = (ushort)((_recordLength << 8) | bytes[0]);
            bytes = bytes[1..];
            if (++_headerLength < RecordHeaderBytes) continue;
            (_recordLeft, _headerLength) = (_recordLength, 0);
        }
    }

    private void Advance(int count)
    {
        if (!_peeked.IsEmpty)
        {
            _peeked = _peeked[count..];
            return;
        }

        _start += count;
        if (_start == _end) ReturnReceived();
    }

    private void ReturnReceived()
    {
        if (_received is not null) ArrayPool<byte>.Shared.Return(_received);
        (_received, _start, _end) = (null, 0, 0);
    }

    /// <summary>Called under the lock.</summary>
    private bool TryGather(ReadOnlySpan<byte> bytes)
    {
        _gathered ??= ArrayPool<byte>.Shared.Rent(WriteBytes);
        if (_gathered.Length - _gatheredLength < bytes.Length) return false;
        bytes.CopyTo(_gathered.AsSpan(_gatheredLength));
        _gatheredLength += bytes.Length;
        return true;
    }

    private async ValueTask SendThenGatherAsync(ReadOnlyMemory<byte> buffer)
    {
        await SendGatheredAsync();
        Gather();
        lock (_writing)
        {
            if (TryGather(buffer.Span)) return;
        }

        await inner.WriteAsync(buffer);
    }

    private (byte[]? Bytes, int Length) StopGathering()
    {
        lock (_writing)
        {
            var gathered = (_gathered, _gatheredLength);
            (_gathered, _gatheredLength, _gathers) = (null, 0, false);
            return gathered;
        }
    }
}
