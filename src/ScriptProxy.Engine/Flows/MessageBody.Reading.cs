using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <content>Reading a body into memory: for an addon, or because it may have to be sent once more.</content>
internal sealed partial class MessageBody
{
    /// <summary>The whole body, as transforms leave it, content codings removed; reads it on the first call.</summary>
    /// <exception cref="InvalidOperationException">It was passed on unread.</exception>
    /// <exception cref="BrokenBodyException">The sender went away before the end.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDecodedAsync(HeaderBlock head, CancellationToken cancellationToken)
    {
        if (IsTransformed) await ReadTransformedAsync(head, cancellationToken);
        if (_decoded is { } decoded) return decoded;
        if (Replacement is { } replacement) return (_decoded = ContentCoding.Decode(replacement, _replacementCoding, limitBytes)).Value;
        if (source is null) return default;

        if (!_isWhole) await ReadWholeAsync(source, cancellationToken);
        var result = ContentCoding.Decode(Kept, head.ArrivedCoding, limitBytes);
        _decoded = result;
        return result;
    }

    /// <summary>Reads a short body that was about to stream, so that it can be sent more than once. A client that waits to be told to go on is not told.</summary>
    /// <param name="mostBytes">A longer one, or one of unknown length, goes on to stream.</param>
    /// <exception cref="BrokenBodyException">The sender went away before the end.</exception>
    public ValueTask HoldAsync(int mostBytes)
    {
        if (source is not { IsStarted: false, Framing: { Kind: FramingKind.Length } framing } || framing.Length > mostBytes) return default;
        return _isPassedOn || Replacement is not null || _transforms is not null || BeforeRead is not null ? default : ReadWholeAsync(source, CancellationToken.None);
    }

    private async ValueTask ReadTransformedAsync(HeaderBlock head, CancellationToken cancellationToken)
    {
        if (_isPassedOn) throw TooLate("read");
        if (_lost is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_lost);
        _isBeingRead = true;
        try
        {
            if (!_readBegan && BeforeRead is not null && source is { IsCompleted: false }) await BeforeRead();
            _readBegan = true;
            await BufferTransformedAsync(head, cancellationToken);
        }
        catch (FlowException exception)
        {
            throw new BrokenBodyException(exception);
        }
        finally
        {
            _isBeingRead = false;
        }
    }

    /// <summary>Lets the body pass through its transforms into memory. On failure the body is lost, and with it the message.</summary>
    private async ValueTask BufferTransformedAsync(HeaderBlock head, CancellationToken cancellationToken)
    {
        var transformed = Begin(head, cancellationToken);
        var result = new MemoryStream();
        try
        {
            while (await transformed.ReadAsync() is { IsEmpty: false } piece)
            {
                result.Write(piece.Span);
                if (result.Length > limitBytes) throw TooLarge();
            }
        }
        catch (Exception exception)
        {
            _lost = exception;
            throw;
        }
        finally
        {
            await transformed.EndAsync();
        }

        _trailers = Trailers ?? new HeaderBlock();
        _transforms = null;
        SetPlain(result.GetBuffer().AsMemory(0, (int)result.Length));
    }

    private async ValueTask ReadWholeAsync(BodyReader reader, CancellationToken cancellationToken)
    {
        if (_isPassedOn) throw TooLate("read");
        _isBeingRead = true;
        try
        {
            await ReadAllAsync(reader, cancellationToken);
            _isWhole = true;
        }
        catch (FlowException exception)
        {
            throw new BrokenBodyException(exception);
        }
        finally
        {
            _isBeingRead = false;
        }
    }

    private async ValueTask ReadAllAsync(BodyReader reader, CancellationToken cancellationToken)
    {
        if (reader.Framing is { Kind: FramingKind.Length } framing && framing.Length > limitBytes) throw TooLarge();
        if (!_readBegan && BeforeRead is not null && !reader.IsCompleted) await BeforeRead();
        _readBegan = true;

        // A length the peer announced is not memory it may claim: the buffer grows with what really comes.
        _buffer ??= new MemoryStream(reader.Framing.Kind == FramingKind.Length ? (int)Math.Min(reader.Framing.Length, 64 * 1024) : 4096);
        while (true)
        {
            if (_buffer.Length > limitBytes) throw TooLarge();
            cancellationToken.ThrowIfCancellationRequested();
            var piece = await reader.ReadAsync();
            if (piece.IsEmpty) return;
            _buffer.Write(piece.Span);
        }
    }
}
