using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// The body of one message on its way through: a stream nobody asked for, a buffer somebody read, or bytes that replace it. Not thread-safe.
/// </summary>
/// <param name="source">Where it comes from; null when the message has none.</param>
/// <param name="limitBytes">The most that may be buffered, coded or decoded.</param>
internal sealed class MessageBody(BodyReader? source, long limitBytes)
{
    private byte[]? _received;
    private ReadOnlyMemory<byte>? _decoded;

    /// <summary>Called once before the first read by an addon: a client that waits for "100 Continue" must be told to go on.</summary>
    public Func<ValueTask>? BeforeRead { get; init; }

    public BodyReader? Source => source;

    /// <summary>The bytes that replace the body; null when nobody replaced it.</summary>
    public ReadOnlyMemory<byte>? Replacement { get; private set; }

    /// <summary>The whole body as received, payload only; null while it was not buffered.</summary>
    public byte[]? Received => _received;

    /// <summary>Whether the body goes on as a stream, untouched.</summary>
    public bool IsUntouched => Replacement is null && _received is null;

    /// <summary>Payload bytes that arrived from the sender so far.</summary>
    public long BytesReceived => source?.BytesRead ?? 0;

    public void Replace(ReadOnlyMemory<byte> body)
    {
        Replacement = body;
        _decoded = null;
    }

    /// <summary>The whole body with the codings of <paramref name="contentEncoding"/> removed; reads it on the first call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDecodedAsync(string? contentEncoding, CancellationToken cancellationToken)
    {
        if (Replacement is { } replacement) return replacement;
        if (_decoded is { } decoded) return decoded;
        if (source is null) return default;

        _received ??= await ReadAllAsync(source, cancellationToken);
        var result = ContentCoding.Decode(_received, contentEncoding, limitBytes);
        _decoded = result;
        return result;
    }

    private async ValueTask<byte[]> ReadAllAsync(BodyReader reader, CancellationToken cancellationToken)
    {
        if (reader.Framing is { Kind: FramingKind.Length } framing && framing.Length > limitBytes) throw TooLarge();
        if (BeforeRead is not null && !reader.IsCompleted) await BeforeRead();

        // A length the peer announced is not memory it may claim: the buffer grows with what really comes.
        var buffer = new MemoryStream(reader.Framing.Kind == FramingKind.Length ? (int)Math.Min(reader.Framing.Length, 64 * 1024) : 4096);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = await reader.ReadAsync();
            if (piece.IsEmpty) return buffer.ToArray();
            if (buffer.Length + piece.Length > limitBytes) throw TooLarge();
            buffer.Write(piece.Span);
        }
    }

    private BodyTooLargeException TooLarge() =>
        new($"A body is longer than the {limitBytes} bytes an addon may read (--body-limit).");
}
