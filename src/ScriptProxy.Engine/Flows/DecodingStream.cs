namespace ScriptProxy.Engine.Flows;

/// <summary>
/// Removes one content coding from a body that streams, giving what can be decoded of the bytes that have come. Ends only where the coding
/// does: a body that is cut short is refused, as in <see cref="ContentCoding.Decode"/>. One reader at a time.
/// </summary>
internal sealed class DecodingStream(Stream source, string coding) : ForwardStream
{
    private readonly CodedSource _coded = new(source, isGzip: coding is "gzip" or "x-gzip");
    private readonly bool _isGzip = coding is "gzip" or "x-gzip";
    private Stream? _decoder;
    private ReadOnlyMemory<byte> _tail;
    private long _decodedBytes;
    private bool _isAtEnd;

    /// <exception cref="InvalidDataException">The body is damaged or cut short.</exception>
    /// <exception cref="BodyTooLargeException">What comes out is out of proportion to what went in.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (_isAtEnd) return TakeTail(buffer);
        if (_decoder is null)
        {
            var beginning = await _coded.PeekAsync(cancellationToken);
            if (beginning.IsEmpty)
            {
                _isAtEnd = true;
                return 0;
            }

            _decoder = ContentCoding.Open(_coded, beginning.Span, coding);
        }

        var count = await DecodeAsync(buffer, cancellationToken);
        if (count > 0 && !_coded.WasAskedForMore) return count;
        _isAtEnd = true;
        if (!_isGzip)
        {
            if (count == 0 && _coded.WasAskedForMore && !ContentCoding.KnowsItsEnd(coding)) throw CutShort();
            if (count == 0) await ReadOffAsync(cancellationToken);
            _isAtEnd = count == 0;
            return count;
        }

        // A gzip decoder asks for more in any case, since another member could follow: it was given one that tells whether it waited for it.
        await ReadTailAsync(buffer[..count], cancellationToken);
        return TakeTail(buffer);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_decoder is not null) await _decoder.DisposeAsync();
        await source.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<int> DecodeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _decoder!.ReadAsync(buffer, cancellationToken);
            _decodedBytes += count;
            ContentCoding.CheckRatio(_decodedBytes, _coded.BytesRead);
            return count;
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            // What Brotli's decoder says of bytes that are not Brotli.
            throw new InvalidDataException(exception.Message, exception);
        }
    }

    private async ValueTask ReadTailAsync(ReadOnlyMemory<byte> first, CancellationToken cancellationToken)
    {
        var tail = new MemoryStream();
        tail.Write(first.Span);
        var piece = new byte[4096];
        while (first.Length > 0 && await DecodeAsync(piece, cancellationToken) is var count and > 0) tail.Write(piece.AsSpan(0, count));

        var mark = ContentCoding.Mark;
        var decoded = tail.GetBuffer().AsMemory(0, (int)tail.Length);
        if (!decoded.Span.EndsWith(mark)) throw CutShort();
        _tail = decoded[..^mark.Length];
    }

    /// <summary>The coding may end before the body does; only at its own end is the body known to be whole.</summary>
    private async ValueTask ReadOffAsync(CancellationToken cancellationToken)
    {
        var piece = new byte[4096];
        while (await _coded.ReadAsync(piece, cancellationToken) > 0)
        {
        }
    }

    private int TakeTail(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _tail.Length);
        _tail[..count].CopyTo(buffer);
        _tail = _tail[count..];
        return count;
    }

    private InvalidDataException CutShort() => new($"The body ends before its coding \"{coding}\" does.");

    /// <summary>The coded bytes as the decoder reads them: notes when it asks for more than there is, and gives it a mark then where it reads gzip.</summary>
    private sealed class CodedSource(Stream source, bool isGzip) : ForwardStream
    {
        private readonly byte[] _beginning = new byte[2];
        private ReadOnlyMemory<byte> _pending;

        /// <summary>Coded bytes read so far.</summary>
        public long BytesRead { get; private set; }

        public bool WasAskedForMore { get; private set; }

        /// <summary>The first two bytes, or fewer where there are no more; they are read again.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(CancellationToken cancellationToken)
        {
            // After a read that was given up, what came before it is still here.
            while (_pending.Length < _beginning.Length)
            {
                var count = await source.ReadAsync(_beginning.AsMemory(_pending.Length), cancellationToken);
                if (count == 0) break;
                _pending = _beginning.AsMemory(0, _pending.Length + count);
            }

            BytesRead = _pending.Length;
            return _pending;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_pending.IsEmpty) return TakePending(buffer);
            if (WasAskedForMore) return 0;
            var count = await source.ReadAsync(buffer, cancellationToken);
            BytesRead += count;
            if (count > 0) return count;
            WasAskedForMore = true;
            if (isGzip) _pending = ContentCoding.MarkMember;
            return TakePending(buffer);
        }

        private int TakePending(Memory<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _pending.Length);
            _pending[..count].CopyTo(buffer);
            _pending = _pending[count..];
            return count;
        }
    }
}
