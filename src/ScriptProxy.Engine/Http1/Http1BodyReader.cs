using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// Reads a body from an HTTP/1.1 connection: as payload for those who want to read it, or as the validated bytes of the wire, framing and
/// all, for those who only pass it on.
/// </summary>
/// <param name="connection">Where the body comes from, the head already consumed.</param>
/// <param name="framing">How its end is known.</param>
/// <param name="authority">The origin, for messages; null for a request body.</param>
internal sealed class Http1BodyReader(BufferedConnection connection, Framing framing, string? authority) : BodyReader
{
    private const int LargeBodyBytes = 16 * 1024;

    private ChunkScanner _scanner;
    private long _left = framing.Length;

    public override Framing Framing => framing;

    public override HeaderBlock? Trailers => IsCompleted ? TrailerParser.Parse(_scanner.Trailers) : null;

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        while (true)
        {
            if (TakePayload(out var payload)) return payload;
            await FillAsync();
            if (IsCompleted) return default;
        }
    }

    /// <summary>The next bytes as received, framing included, valid until the next call; empty at the end.</summary>
    /// <inheritdoc cref="BodyReader.ReadAsync" path="/exception"/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadRawAsync()
    {
        while (true)
        {
            var raw = TakeRaw();
            if (!raw.IsEmpty || IsCompleted) return raw;
            await FillAsync();
            if (IsCompleted) return default;
        }
    }

    /// <summary>What of the body has been received already, as bytes of the wire; empty when nothing is.</summary>
    /// <exception cref="FlowException">It is not a body.</exception>
    public ReadOnlyMemory<byte> TakeRaw()
    {
        if (IsCompleted) return default;
        var received = connection.BufferedMemory;
        var count = framing.Kind switch
        {
            FramingKind.Length => (int)Math.Min(_left, received.Length),
            FramingKind.Chunked => ScanRaw(received.Span),
            FramingKind.UntilClose => received.Length,
            _ => 0,
        };
        connection.Consume(count);
        IsStarted |= count > 0;
        if (framing.Kind != FramingKind.Chunked)
        {
            BytesRead += count;
            _left -= count;
            if (framing.Kind != FramingKind.UntilClose && _left == 0) IsCompleted = true;
        }

        return received[..count];
    }

    private int ScanRaw(ReadOnlySpan<byte> received)
    {
        var total = 0;
        while (true)
        {
            var status = _scanner.Step(received[total..], out var consumed, out var data);
            total += consumed;
            switch (status)
            {
                case ChunkStatus.Data:
                    BytesRead += data.End.Value - data.Start.Value;
                    break;
                case ChunkStatus.Done:
                    IsCompleted = true;
                    return total;
                case ChunkStatus.Malformed:
                    throw Malformed();
                default:
                    return total;
            }
        }
    }

    private bool TakePayload(out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        if (IsCompleted) return true;
        if (framing.Kind != FramingKind.Chunked)
        {
            payload = TakeRaw();
            return !payload.IsEmpty || IsCompleted;
        }

        var received = connection.BufferedMemory;
        var status = _scanner.Step(received.Span, out var consumed, out var data);
        connection.Consume(consumed);
        IsStarted |= consumed > 0;
        if (status == ChunkStatus.Malformed) throw Malformed();
        if (status == ChunkStatus.Data) payload = received[data];
        if (status == ChunkStatus.Done) IsCompleted = true;
        BytesRead += payload.Length;
        return status != ChunkStatus.NeedMore;
    }

    private async ValueTask FillAsync()
    {
        if (!connection.HasBuffered && (framing.Kind != FramingKind.Length || _left > LargeBodyBytes)) connection.UseBodyBuffer();
        int count;
        try
        {
            count = await connection.FillAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw Truncated(exception);
        }

        if (count > 0) return;
        if (framing.Kind != FramingKind.UntilClose) throw Truncated(null);
        IsCompleted = true;
    }

    private FlowException Malformed() =>
        new(authority is null ? FlowErrors.BadRequest(_scanner.Problem!) : FlowErrors.BadResponse(authority, _scanner.Problem!));

    private FlowException Truncated(Exception? cause) =>
        authority is null ? FlowException.ClientGone(cause) : new FlowException(FlowErrors.Incomplete(authority), cause);
}
