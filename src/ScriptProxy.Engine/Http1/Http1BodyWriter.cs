using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Http1;

/// <summary>Sends a body over an HTTP/1.1 connection, at the pace of the slower side.</summary>
/// <param name="destination">Where to, the head written or waiting in the buffer.</param>
/// <param name="deadline">Armed anew with every piece.</param>
/// <param name="idleTimeout">How long a body may stand still.</param>
internal readonly struct Http1BodyWriter(BufferedConnection destination, Deadline deadline, TimeSpan idleTimeout)
{
    private const int JoinUpToBytes = 16 * 1024;

    /// <summary>Appends to a head what of its body is at hand, so that a small message is one write.</summary>
    /// <returns>Whether that was all of it.</returns>
    public static bool AppendAvailable(WireBuffer buffer, OutgoingBody body)
    {
        if (body.Framing.Kind == FramingKind.None) return true;
        if (body.IsRaw)
        {
            var source = (Http1BodyReader)body.Source!;
            buffer.Write(source.TakeRaw().Span);
            return source.IsCompleted;
        }

        if (body.Framing.Kind != FramingKind.Length || body.Source is { IsCompleted: false } || body.Bytes.Length > JoinUpToBytes) return false;
        buffer.Write(body.Bytes.Span);
        return true;
    }

    /// <summary>Sends what <see cref="AppendAvailable"/> left.</summary>
    /// <exception cref="FlowException">The source failed.</exception>
    /// <exception cref="DestinationException">The destination failed.</exception>
    public async ValueTask CopyRestAsync(OutgoingBody body, WireBuffer buffer)
    {
        if (body.IsRaw) await CopyRawAsync((Http1BodyReader)body.Source!);
        else if (body.Framing.Kind == FramingKind.Chunked) await CopyChunkedAsync(body, buffer);
        else await CopyPayloadAsync(body);
    }

    private async ValueTask CopyRawAsync(Http1BodyReader source)
    {
        while (true)
        {
            deadline.Arm(DeadlineKind.Body, idleTimeout);
            var piece = await source.ReadRawAsync();
            if (piece.IsEmpty) return;
            await WriteAsync(piece);
            if (source.IsCompleted) return;
        }
    }

    private async ValueTask CopyPayloadAsync(OutgoingBody body)
    {
        await WriteAsync(body.Bytes);
        while (body.Source is { } source)
        {
            deadline.Arm(DeadlineKind.Body, idleTimeout);
            var piece = await source.ReadAsync();
            if (piece.IsEmpty) return;
            await WriteAsync(piece);
        }
    }

    private async ValueTask CopyChunkedAsync(OutgoingBody body, WireBuffer buffer)
    {
        await WriteChunkAsync(body.Bytes, buffer);
        while (body.Source is { } source)
        {
            deadline.Arm(DeadlineKind.Body, idleTimeout);
            var piece = await source.ReadAsync();
            if (piece.IsEmpty) break;
            await WriteChunkAsync(piece, buffer);
        }

        buffer.Clear();
        buffer.Write("0\r\n"u8);
        if (body.Trailers is { } trailers) HeadWriter.WriteLines(buffer, trailers);
        buffer.Write("\r\n"u8);
        await WriteAsync(buffer.Written);
    }

    private ValueTask WriteChunkAsync(ReadOnlyMemory<byte> payload, WireBuffer buffer)
    {
        // An empty chunk would be the last one.
        if (payload.IsEmpty) return default;
        buffer.Clear();
        buffer.WriteHex(payload.Length);
        buffer.Write("\r\n"u8);
        buffer.Write(payload.Span);
        buffer.Write("\r\n"u8);
        return WriteAsync(buffer.Written);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        try
        {
            await destination.WriteAsync(bytes);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new DestinationException(exception);
        }
    }
}
