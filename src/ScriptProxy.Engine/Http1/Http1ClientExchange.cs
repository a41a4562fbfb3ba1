using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Tunnels;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Http1;

/// <summary>The client's side of exchanges on an HTTP/1.1 connection: one object per connection, begun anew for each request.</summary>
internal sealed class Http1ClientExchange(ProxyConnection connection, ProxyOptions options) : ClientExchange
{
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);
    private const int MaxLingerBytes = 4 * 1024 * 1024;

    private FlowRequest? _request;
    private Http1BodyReader? _requestBody;
    private bool _clientKeepsAlive;
    private bool _awaitsContinue;
    private bool _isUpgraded;
    private bool _isAborted;
    private bool _willClose;

    public override ExchangeDeadline Deadline => connection;

    public override bool WillClose => _willClose;

    private bool IsHttp10 => _request!.HttpVersion.Minor == 0;

    /// <summary>Starts with a request whose head was read.</summary>
    public void Begin(FlowRequest request, Http1BodyReader? body, ConnectionOptions connectionOptions, bool expectsContinue)
    {
        _request = request;
        _requestBody = body;
        _clientKeepsAlive = request.HttpVersion.Minor == 0 ? connectionOptions.KeepAlive : !connectionOptions.Close;
        _awaitsContinue = expectsContinue;
        _willClose = false;
    }

    /// <summary>Tells a client that waits for it to send its body, because an addon reads it here. The origin is not asked any more.</summary>
    public async ValueTask ContinueAsync(HeaderBlock head, WireBuffer buffer)
    {
        if (!_awaitsContinue) return;
        _awaitsContinue = false;
        head.RemoveKnown(KnownHeader.Expect);
        buffer.Clear();
        buffer.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
        await WriteAsync(buffer.Written);
    }

    public override UpstreamConnection? TakeUpstream() => connection.TakeUpstream();

    public override void KeepUpstream(UpstreamConnection upstream) => connection.KeepUpstream(upstream);

    public override async ValueTask SendInformationalAsync(HeaderBlock head, int statusCode, WireBuffer buffer)
    {
        // RFC 9110 §15.2: never to an HTTP/1.0 client.
        if (IsHttp10) return;
        if (statusCode == 100) _awaitsContinue = false;
        buffer.Clear();
        HeadWriter.WriteInformational(buffer, head);
        await WriteAsync(buffer.Written);
    }

    public override async ValueTask SendResponseAsync(Flow flow, FlowResponse response, RequestUpload? upload, WireBuffer buffer)
    {
        if (Deadline.Kind != DeadlineKind.Body) Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
        await response.Body.PassOnAsync(response.Head, isSent: !(_request!.ClientAskedHead || response.StatusCode is 204 or 304), mayStream: true);
        var body = ChooseBody(response);
        var keepAlive = KeepsAlive(response, body, upload);
        _willClose = !keepAlive;
        buffer.Clear();
        HeadWriter.WriteResponse(buffer, response, ConnectionHeader(response, body, keepAlive));
        var complete = Http1BodyWriter.AppendAvailable(buffer, body);

        flow.ResponseStarted = true;
        try
        {
            await WriteAsync(buffer.Written);
            if (!complete) await new Http1BodyWriter(connection.Wire, Deadline, options.BodyIdleTimeout).CopyRestAsync(body, buffer);
        }
        catch (DestinationException exception)
        {
            throw FlowException.ClientGone(exception);
        }
        finally
        {
            flow.Timings.ResponseBytes = body.Source?.BytesRead ?? body.Bytes.Length;
        }
    }

    public override async ValueTask RelayUpgradeAsync(Flow flow, FlowResponse response, UpstreamConnection upstream, WebSocketSession? webSocket, WireBuffer buffer)
    {
        _isUpgraded = true;
        buffer.Clear();
        HeadWriter.WriteResponse(buffer, response, null);
        flow.ResponseStarted = true;
        await WriteAsync(buffer.Written);
        if (webSocket is not null)
        {
            await webSocket.RunAsync(WebSocketPeer.Of(connection.Wire), WebSocketPeer.Of(upstream.Wire), Deadline);
            flow.Timings.ResponseBytes = webSocket.BytesToClient;
            return;
        }

        var relay = new TunnelRelay(connection.Wire, upstream.Wire, Deadline, options.TunnelIdleTimeout);
        await relay.RunAsync();
        flow.Timings.ResponseBytes = relay.BytesToClient;
    }

    public override void StopUpload() => connection.Wire.StopReceiving();

    public override void Abort(int? resetCode)
    {
        _isAborted = true;
        connection.Wire.Abort();
    }

    /// <summary>Answers a request that is not a flow, one for the proxy itself, and closes.</summary>
    public async ValueTask AnswerAsync(FlowResponse response, Version version, bool isHead, WireBuffer buffer)
    {
        await WriteLocalAsync(response, version.Minor == 0 ? null : "close", isHead, buffer);
        await LingerAsync();
    }

    /// <summary>Answers a request that has to be repeated with credentials (RFC 9110 §11.7).</summary>
    /// <param name="challenge">The answer.</param>
    /// <param name="keepAlive">Whether the connection can take another request.</param>
    /// <param name="buffer">Room for the head.</param>
    /// <returns>Whether another request may come.</returns>
    public async ValueTask<bool> ChallengeAsync(FlowResponse challenge, bool keepAlive, WireBuffer buffer)
    {
        keepAlive = keepAlive && !connection.IsDraining;
        await WriteLocalAsync(challenge, keepAlive ? null : "close", isHead: false, buffer);
        if (!keepAlive) await LingerAsync();
        return keepAlive;
    }

    /// <summary>Answers a head that could not be taken, and closes (RFC 9112 §9.6).</summary>
    public async ValueTask RefuseAsync(RequestHeadError refusal, WireBuffer buffer)
    {
        await WriteLocalAsync(FlowResponse.Of(new FlowError("http_request_error", refusal.StatusCode, refusal.Message)), "close", isHead: false, buffer);
        await LingerAsync();
    }

    /// <summary>Ends an exchange.</summary>
    /// <returns>Whether the connection can take another request.</returns>
    public async ValueTask<bool> EndAsync()
    {
        if (_isAborted || _isUpgraded || connection.Wire.IsReading) return false;
        if (!_willClose && _requestBody is null or { IsCompleted: true } && connection.Expired == DeadlineKind.None && !connection.ClientLeft)
        {
            connection.Wire.ReleaseBodyBuffer();
            return true;
        }

        await LingerAsync();
        return false;
    }

    private OutgoingBody ChooseBody(FlowResponse response)
    {
        var (head, body) = (response.Head, response.Body);
        var isReplaced = body.Replacement is not null;
        if (response.StatusCode == 204 || (response.StatusCode == 304 && isReplaced))
        {
            // RFC 9110 §8.6, RFC 9112 §6.1: nothing is announced where nothing can follow.
            head.RemoveKnown(KnownHeader.ContentLength);
            head.RemoveKnown(KnownHeader.TransferEncoding);
            head.RemoveKnown(KnownHeader.Trailer);
            return OutgoingBody.None;
        }

        if (response.StatusCode == 304) return OutgoingBody.None;
        if (_request!.ClientAskedHead)
        {
            // The head says what a GET would have brought; the body stays here (RFC 9110 §9.3.2).
            if (isReplaced && !body.IsTransformed) OutgoingBody.Of(body, head, mayChunk: !IsHttp10, lengthWhenEmpty: true);
            return OutgoingBody.None;
        }

        // What came without a body, as a 304 or to HEAD, may have become an answer that needs one: a client would wait for it.
        if (!isReplaced && body.Outgoing is null && !AnnouncesNothing(head)) body.MakeEmpty();
        return OutgoingBody.Of(body, head, mayChunk: !IsHttp10, lengthWhenEmpty: true);
    }

    private static bool AnnouncesNothing(HeaderBlock head)
    {
        var length = head.Find(KnownHeader.ContentLength);
        return length >= 0 && head.ValueBytes(length).Trim((byte)'0').IsEmpty && head.Find(KnownHeader.TransferEncoding) < 0;
    }

    private bool KeepsAlive(FlowResponse response, OutgoingBody body, RequestUpload? upload)
    {
        if (!_clientKeepsAlive || connection.IsDraining || connection.Wire.IsReading && upload is null || body.Framing.Kind == FramingKind.UntilClose) return false;
        if (response.HttpVersion is { Major: 1, Minor: 0 } || connection.Expired != DeadlineKind.None) return false;

        // A client told "no" while it waits to send its body may send it or not; what comes next cannot be told apart (RFC 9110 §10.1.1).
        if (_awaitsContinue && _requestBody is { IsStarted: false }) return false;
        if (_requestBody is null or { IsCompleted: true } || upload is not null) return upload is not { IsFutile: true };

        // Answered without the origin: a body that is here already is read off, a longer one ends the connection.
        return TryDropBufferedBody(_requestBody);
    }

    private static bool TryDropBufferedBody(Http1BodyReader body)
    {
        try
        {
            while (!body.IsCompleted && !body.TakeRaw().IsEmpty)
            {
                // Dropped.
            }
        }
        catch (FlowException)
        {
            return false;
        }

        return body.IsCompleted;
    }

    private string? ConnectionHeader(FlowResponse response, OutgoingBody body, bool keepAlive)
    {
        if (IsHttp10) return keepAlive ? "keep-alive" : null;
        var closesByItself = body.Framing.Kind == FramingKind.UntilClose || response.HttpVersion is { Major: 1, Minor: 0 };
        return keepAlive || closesByItself ? null : "close";
    }

    private async ValueTask WriteLocalAsync(FlowResponse response, string? connectionHeader, bool isHead, WireBuffer buffer)
    {
        var body = OutgoingBody.Of(response.Body, response.Head, mayChunk: true, lengthWhenEmpty: true);
        buffer.Clear();
        HeadWriter.WriteResponse(buffer, response, connectionHeader);
        if (!isHead) buffer.Write(body.Bytes.Span);
        try
        {
            await WriteAsync(buffer.Written);
        }
        catch (FlowException)
        {
            // The client did not wait for its answer.
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await connection.Wire.WriteAsync(bytes);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw FlowException.ClientGone(exception);
        }
    }

    /// <summary>Reads off what the client still sends, so that closing does not reset the answer away before it is read (RFC 9112 §9.6).</summary>
    private async ValueTask LingerAsync()
    {
        await connection.Wire.StopSendingAsync();
        connection.Arm(DeadlineKind.Linger, LingerTimeout);
        try
        {
            for (var left = MaxLingerBytes; left > 0;)
            {
                connection.Wire.Consume(connection.Wire.Buffered.Length);
                var count = await connection.Wire.FillAsync();
                if (count == 0) return;
                left -= count;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client closed first; nothing of the answer can be saved or lost any more.
        }
    }
}
