using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// The body of one message on its way through: a stream nobody asked for, a buffer somebody read, or bytes that replace it. Not thread-safe.
/// </summary>
/// <param name="source">Where it comes from; null when the message has none.</param>
/// <param name="limitBytes">The most that may be buffered, coded or decoded.</param>
internal sealed class MessageBody(BodyReader? source, long limitBytes)
{
    private MemoryStream? _buffer;
    private ReadOnlyMemory<byte>? _decoded;
    private bool _readBegan;
    private bool _isWhole;
    private bool _isPassedOn;
    private volatile bool _isBeingRead;

    /// <summary>Called once before the first read by an addon: a client that waits for "100 Continue" must be told to go on.</summary>
    public Func<ValueTask>? BeforeRead { get; init; }

    public BodyReader? Source => source;

    /// <summary>Whose body it is, for errors.</summary>
    public BodyOwner Owner { get; init; } = BodyOwner.Response;

    /// <summary>The bytes that replace the body; null when nobody replaced it.</summary>
    public ReadOnlyMemory<byte>? Replacement { get; private set; }

    /// <summary>
    /// What an addon's reading took from the source, payload only: the whole body, or its beginning where the reading was given up. Empty
    /// while nobody has read. It goes out before the rest.
    /// </summary>
    public ReadOnlyMemory<byte> Buffered => _buffer is null ? default : _buffer.GetBuffer().AsMemory(0, (int)_buffer.Length);

    /// <summary>The whole body without content codings, as addons saw or made it; null when it only passed through.</summary>
    public ReadOnlyMemory<byte>? InMemory => Replacement ?? _decoded;

    /// <summary>Payload bytes that arrived from the sender so far.</summary>
    public long BytesReceived => source?.BytesRead ?? 0;

    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    public void Replace(ReadOnlyMemory<byte> body)
    {
        if (_isPassedOn) throw TooLate("change");
        Replacement = body;
        _decoded = null;
    }

    /// <summary>Makes an empty body of none, as the proxy's own doing.</summary>
    public void MakeEmpty() => Replacement = ReadOnlyMemory<byte>.Empty;

    /// <summary>From here on the body is what it is: the message is on its way, or was answered without it.</summary>
    /// <exception cref="FlowException">An addon that was given up on is still reading.</exception>
    public void PassOn()
    {
        if (_isBeingRead && !_isPassedOn) throw new FlowException(FlowErrors.StillBeingRead(Owner));
        _isPassedOn = true;
    }

    /// <summary>The same where nobody waits for the body any more.</summary>
    public void Close() => _isPassedOn = true;

    /// <summary>The whole body with the codings of <paramref name="contentEncoding"/> removed; reads it on the first call.</summary>
    /// <exception cref="InvalidOperationException">It was passed on unread.</exception>
    /// <exception cref="BrokenBodyException">The sender went away before the end.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDecodedAsync(string? contentEncoding, CancellationToken cancellationToken)
    {
        if (Replacement is { } replacement) return replacement;
        if (_decoded is { } decoded) return decoded;
        if (source is null) return default;

        if (!_isWhole) await ReadWholeAsync(source, cancellationToken);
        var result = ContentCoding.Decode(Buffered, contentEncoding, limitBytes);
        _decoded = result;
        return result;
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

    private InvalidOperationException TooLate(string what) => Owner == BodyOwner.Request
        ? new($"The request body was passed on already; {what} it in OnRequest{(what == "read" ? ", then it stays readable" : "")}.")
        : new($"The response body was passed on already; {what} it in OnResponse{(what == "read" ? ", then it stays readable" : "")}.");

    private BodyTooLargeException TooLarge() =>
        new($"A body is longer than the {limitBytes} bytes an addon may read (--body-limit).");
}
