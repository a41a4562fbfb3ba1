using System.Buffers.Text;
using System.Net;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream;

/// <summary>One request and its response on an HTTP/1.1 upstream connection. Made by <see cref="UpstreamClient"/>, ended by the pipeline.</summary>
internal sealed class Http1UpstreamExchange(UpstreamConnection connection, ClientExchange client, FlowRequest request, ProxyOptions options) : UpstreamExchange
{
    private const int MaxInformational = 32;

    private RequestUpload? _upload;
    private Http1BodyReader? _responseBody;
    private bool _mayReuse;

    public override ServerConnection Server => connection.Server;

    public override UpstreamConnection UpgradedConnection => connection;

    public override RequestUpload? Upload => _upload;

    public override bool TakesUpload => _mayReuse;

    public override bool IsReused => connection.IsReused;

    private bool ResponseBegan { get; set; }

    private string Authority => connection.Destination.Authority;

    public override async ValueTask SendRequestAsync(WireBuffer buffer)
    {
        var isEmptyPost = request.Method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE" or "DELETE");
        var mayChunk = request.HttpVersion.Minor != 0 || request.HttpVersion.Major > 1;
        if (request.Body.IsTransformed) client.Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
        await request.Body.PassOnAsync(request.Head, isSent: true, mayStream: mayChunk);
        var body = OutgoingBody.Of(request.Body, request.Head, mayChunk, lengthWhenEmpty: isEmptyPost);
        buffer.Clear();
        HeadWriter.WriteRequest(buffer, request, connection.AbsoluteForm);
        var complete = Http1BodyWriter.AppendAvailable(buffer, body);
        client.Deadline.Arm(DeadlineKind.Response, options.ResponseTimeout);
        try
        {
            await connection.Wire.WriteAsync(buffer.Written);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new FlowException(FlowErrors.Closed(Authority), exception) { BeforeResponse = true };
        }

        if (complete) return;
        _upload = new Http1RequestUpload(connection, body, client.Deadline, options);
        _upload.Start();
    }

    public override async ValueTask<FlowResponse> ReadResponseAsync(WireBuffer buffer)
    {
        for (var informational = 0; ; informational++)
        {
            var head = await ReadHeadAsync();
            var (version, statusCode) = ReadStatusLine(head);
            var connectionOptions = ConnectionOptions.Read(head, mayUpgrade: statusCode == 101);
            if (statusCode is >= 100 and < 200 and not 101)
            {
                if (informational == MaxInformational) throw new FlowException(FlowErrors.TooManyInformational);
                head.RemoveKnown(KnownHeader.ContentLength);
                head.RemoveKnown(KnownHeader.TransferEncoding);
                await client.SendInformationalAsync(head, statusCode, buffer);
                continue;
            }

            if (statusCode == 407 && connection.AbsoluteForm is { } form) throw new FlowException(FlowErrors.ProxyAuthentication(form.Proxy, form.HasCredentials));
            if (statusCode == 101 && !request.IsUpgrade) throw new FlowException(FlowErrors.UnaskedUpgrade);
            if (MessageFraming.OfResponse(head, version, statusCode, request.IsHead, out var framing) is { } problem)
                throw new FlowException(FlowErrors.BadResponse(Authority, problem));

            _mayReuse = framing.Kind != FramingKind.UntilClose && statusCode != 101 && !connectionOptions.Close && (version.Minor == 1 || connectionOptions.KeepAlive);
            _upload?.ResponseArrived(connectionEnds: !_mayReuse);
            client.Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
            _responseBody = framing.Kind == FramingKind.None || framing is { Kind: FramingKind.Length, Length: 0 }
                ? null
                : new Http1BodyReader(connection.Wire, framing, Authority);
            return new FlowResponse(head, statusCode, version, new MessageBody(_responseBody, options.BodyLimit));
        }
    }

    public override void Abort() => connection.Abort();

    public override void End()
    {
        client.Deadline.Upstream = null;
        var bodyIsThrough = _responseBody is null || _responseBody.IsCompleted;

        // Bytes after a response nobody asked for would be read as the answer to the next request (RFC 9112 §11.2).
        if (_mayReuse && bodyIsThrough && _upload is null or { IsCompleted: true } && !connection.Wire.HasBuffered)
        {
            connection.BecomeIdle();
            client.KeepUpstream(connection);
            return;
        }

        connection.Dispose();
    }

    private async ValueTask<HeaderBlock> ReadHeadAsync()
    {
        var parser = connection.Parser;
        parser.Reset();
        while (true)
        {
            if (connection.Wire.HasBuffered)
            {
                ResponseBegan = true;
                var received = connection.Wire.Buffered;
                switch (parser.Parse(received))
                {
                    case HeadStatus.Complete:
                        var head = parser.Build(received);
                        connection.Wire.Consume(parser.Length);
                        return head;
                    case HeadStatus.Malformed:
                        throw new FlowException(FlowErrors.BadResponse(Authority, parser.Problem!));
                    case HeadStatus.StartLineTooLong or HeadStatus.TooLong:
                        throw new FlowException(FlowErrors.BadResponse(Authority, $"a head longer than {options.MaxResponseHeadBytes} bytes (--max-response-head-bytes)"));
                    case HeadStatus.TooManyLines:
                        throw new FlowException(FlowErrors.BadResponse(Authority, "too many headers"));
                }
            }

            await FillAsync();
        }
    }

    private async ValueTask FillAsync()
    {
        try
        {
            if (await connection.Wire.FillAsync() > 0) return;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw Broken(exception);
        }

        throw Broken(null);
    }

    // The upload may know better why the connection is gone: the client left in the middle of its body.
    private Exception Broken(Exception? cause) =>
        _upload?.Failure ?? new FlowException(ResponseBegan ? FlowErrors.Incomplete(Authority) : FlowErrors.Closed(Authority), cause) { BeforeResponse = !ResponseBegan };

    private (Version Version, int StatusCode) ReadStatusLine(HeaderBlock head)
    {
        // "HTTP/1.1 200 OK" (RFC 9112 §4); the reason may be missing, and with it the space before it.
        var line = head.StartLine;
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ' || line[7] is < (byte)'0' or > (byte)'9' || (line.Length > 12 && line[12] != ' ') ||
            !Utf8Parser.TryParse(line.Slice(9, 3), out int statusCode, out var digits) || digits != 3 || statusCode is < 100 or > 999)
            throw new FlowException(FlowErrors.BadResponse(Authority, "a status line that is not HTTP/1.1"));
        if (line[12..].ContainsAnyInRange((byte)0, (byte)8)) throw new FlowException(FlowErrors.BadResponse(Authority, "control characters in its status line"));
        return (line[7] == '0' ? HttpVersion.Version10 : HttpVersion.Version11, statusCode);
    }
}
