using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>An upload on an HTTP/2 stream, at the pace of the origin's windows (RFC 9113 §5.2): what it does not take is not read from the client.</summary>
internal sealed class Http2RequestUpload(Http2Stream stream, OutgoingBody body, ExchangeDeadline deadline, ProxyOptions options) : RequestUpload(body, deadline, options)
{
    private static readonly Func<Http2Stream, bool> MaySend = static stream => stream.Connection.SendWindows.MaySend(stream);

    private readonly ExchangeDeadline _deadline = deadline;
    private readonly TimeSpan _idleTimeout = options.BodyIdleTimeout;

    /// <summary>How much of what is in memory went out with the head.</summary>
    public int AlreadySent { get; init; }

    protected override async ValueTask CopyAsync(OutgoingBody body)
    {
        var (connection, outbox) = (stream.Connection, stream.Connection.Outbox);
        await SendAsync(body.Bytes[AlreadySent..]);
        while (body.Source is { } source)
        {
            _deadline.Arm(DeadlineKind.Body, _idleTimeout);
            var piece = await source.ReadAsync();
            if (piece.IsEmpty) break;
            await SendAsync(piece);
        }

        ThrowIfOver();
        if (body.Trailers is { } trailers) outbox.Append((stream.Id, trailers), static (output, state) => Http2RequestWriter.WriteTrailers(output, state.Id, state.trailers));
        else outbox.AppendData(stream.Id, default, endStream: true);
        stream.EndLocal();
        connection.Outbox.Send();
    }

    protected override void AbortUpstream() => stream.Connection.Reset(stream, ErrorCode.Cancel, new FlowException(FlowErrors.Cut(stream.Connection.Authority)));

    private async ValueTask SendAsync(ReadOnlyMemory<byte> piece)
    {
        var (connection, outbox) = (stream.Connection, stream.Connection.Outbox);
        while (!piece.IsEmpty)
        {
            ThrowIfOver();
            if (outbox.IsFull) await outbox.WaitAsync();
            var count = connection.SendWindows.Take(stream, piece.Length);
            if (count == 0)
            {
                await stream.UntilMayWriteAsync(MaySend);
                continue;
            }

            outbox.AppendData(stream.Id, piece.Span[..count], endStream: false);
            outbox.Send();
            piece = piece[count..];
        }
    }

    private void ThrowIfOver()
    {
        if (stream.Failure is { } failure) throw new DestinationException(failure);
        if (stream.StopsUpload) throw new DestinationException(new FlowException(FlowErrors.Reset(stream.Connection.Authority, ErrorCode.NoError)));
    }
}
