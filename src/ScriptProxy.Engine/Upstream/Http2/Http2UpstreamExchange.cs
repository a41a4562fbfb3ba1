using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>One request and its response on an HTTP/2 stream.</summary>
/// <param name="connection">Where the stream is opened.</param>
/// <param name="stream">The stream, claimed and not yet opened.</param>
/// <param name="client">Whom the response is for.</param>
/// <param name="request">The request.</param>
/// <param name="options">Limits and timeouts.</param>
internal sealed class Http2UpstreamExchange(Http2Connection connection, Http2Stream stream, ClientExchange client, FlowRequest request, ProxyOptions options) : UpstreamExchange
{
    private const int MaxInformational = 32;
    private const int JoinUpToBytes = 16 * 1024;

    private readonly bool _wasReused = connection.IsReused;
    private Http2RequestUpload? _upload;

    public override ServerConnection Server => connection.Server;

    public override UpstreamConnection UpgradedConnection => throw new InvalidOperationException("HTTP/2 does not switch protocols.");

    public override RequestUpload? Upload => _upload;

    public override bool TakesUpload => stream.Failure is null && !stream.StopsUpload;

    public override Task UntilUploadEndsAsync(RequestUpload upload) => Task.WhenAny(upload.EndAsync(), stream.UntilUploadStopsAsync());

    public override bool IsReused => _wasReused;

    public override async ValueTask SendRequestAsync(WireBuffer buffer)
    {
        if (request.Body.IsTransformed) client.Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
        await request.Body.PassOnAsync(request.Head, isSent: true, mayStream: true);
        var hasLength = request.Method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE" or "DELETE");
        var body = OutgoingBody.Of(request.Body, request.Head, mayChunk: true, lengthWhenEmpty: hasLength);

        // Not sent, and so not to be seen in the record either (RFC 9113 §8.2.2).
        request.Head.RemoveKnown(KnownHeader.TransferEncoding);
        var isEmpty = body.Framing.Kind == FramingKind.None || body is { Framing: { Kind: FramingKind.Length, Length: 0 }, Source: null };
        client.Deadline.Arm(DeadlineKind.Response, options.ResponseTimeout);
        connection.Open(stream, request, endStream: isEmpty);
        if (!isEmpty) Start(body);
        connection.Outbox.Send();
    }

    public override async ValueTask<FlowResponse> ReadResponseAsync(WireBuffer buffer)
    {
        for (var informational = 0; ; informational++)
        {
            var head = await ReadHeadAsync();
            if (head.StatusCode < 200)
            {
                if (informational == MaxInformational) throw new FlowException(FlowErrors.TooManyInformational);
                head.Block.RemoveKnown(KnownHeader.ContentLength);
                await client.SendInformationalAsync(head.Block, head.StatusCode, buffer);
                continue;
            }

            _upload?.ResponseArrived(connectionEnds: stream.StopsUpload);
            client.Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
            var body = head.Framing.Kind == FramingKind.None ? null : new Http2ResponseReader(stream, head.Framing);
            return new FlowResponse(head.Block, head.StatusCode, System.Net.HttpVersion.Version20, new MessageBody(body, options.BodyLimit));
        }
    }

    public override void Abort()
    {
        // A stream that stood still may stand on a connection that is dead: no others are put there.
        if (client.Deadline.Expired != DeadlineKind.None) connection.Retire();
        connection.Reset(stream, ErrorCode.Cancel, new FlowException(FlowErrors.Cut(connection.Authority)));
    }

    public override void End()
    {
        client.Deadline.Upstream = null;
        if (stream.Id == 0) return;

        // What is not needed any more is not to be sent either.
        connection.Reset(stream, ErrorCode.Cancel, new FlowException(FlowErrors.Cut(connection.Authority)));
        stream.Release();
    }

    private void Start(OutgoingBody body)
    {
        if (body is { Source: null, Framing.Kind: FramingKind.Length, Bytes.Length: <= JoinUpToBytes } && connection.SendWindows.Take(stream, body.Bytes.Length) is var taken)
        {
            var isWhole = taken == body.Bytes.Length;
            connection.Outbox.AppendData(stream.Id, body.Bytes.Span[..taken], endStream: isWhole);
            if (isWhole)
            {
                stream.EndLocal();
                return;
            }

            _upload = new Http2RequestUpload(stream, body, client.Deadline, options) { AlreadySent = taken };
        }
        else
        {
            connection.Outbox.Send();
            _upload = new Http2RequestUpload(stream, body, client.Deadline, options);
        }

        _upload.Start();
    }

    private async ValueTask<Http2Head> ReadHeadAsync()
    {
        try
        {
            return await stream.ReadHeadAsync();
        }
        catch (FlowException) when (_upload?.Failure is { } failure)
        {
            // The upload knows better why the stream is gone: the client left in the middle of its body.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }
}
