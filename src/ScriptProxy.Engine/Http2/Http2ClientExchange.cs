using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Http2;

/// <summary>The client's side of one exchange on an HTTP/2 stream.</summary>
internal sealed class Http2ClientExchange : ClientExchange
{
    private readonly IFeatureCollection _features;
    private readonly UpstreamPool _pool;
    private readonly ProxyOptions _options;
    private Http2BodyReader? _requestBody;
    private bool _awaitsContinue;

    public Http2ClientExchange(IFeatureCollection features, UpstreamPool pool, ProxyOptions options)
    {
        _features = features;
        _pool = pool;
        _options = options;
        Deadline = new StreamDeadline(this);
        IsWebSocket = features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };
    }

    public override ExchangeDeadline Deadline { get; }

    /// <summary>Whether the client opens a WebSocket by extended CONNECT (RFC 8441).</summary>
    public bool IsWebSocket { get; }

    public override bool WillClose => false;

    /// <summary>Starts with a request whose head was read.</summary>
    /// <param name="body">Its body; null when it has none.</param>
    /// <param name="expectsContinue">Whether the client waits to be told to send it.</param>
    public void Begin(Http2BodyReader? body, bool expectsContinue)
    {
        _requestBody = body;
        _awaitsContinue = expectsContinue;

        // Kestrel would answer by itself; whether the body is wanted is for the origin to say.
        if (expectsContinue) _features.GetRequiredFeature<IHttpRequestFeature>().Headers.Remove("Expect");
    }

    public override UpstreamConnection? TakeUpstream() => null;

    public override void KeepUpstream(UpstreamConnection connection) => _pool.Return(connection);

    /// <summary>Tells a client that waits for it to send its body, because an addon reads it here. The origin is not asked any more.</summary>
    public async ValueTask ContinueAsync(HeaderBlock head, WireBuffer buffer)
    {
        if (!_awaitsContinue) return;
        head.RemoveKnown(KnownHeader.Expect);
        await SendInformationalAsync(new HeaderBlock(), 100, buffer);
    }

    public override async ValueTask SendInformationalAsync(HeaderBlock head, int statusCode, WireBuffer buffer)
    {
        if (statusCode == 100) _awaitsContinue = false;
        var stream = _features.GetRequiredFeature<IHttp2StreamIdFeature>().StreamId;
        buffer.Clear();
        InformationalResponse.Write(buffer, stream, head, statusCode);
        try
        {
            await _features.GetRequiredFeature<DecryptedConnection>().Output.SendBetweenAsync(buffer.Written);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw FlowException.ClientGone(exception);
        }
    }

    public override async ValueTask SendResponseAsync(Flow flow, FlowResponse response, RequestUpload? upload, WireBuffer buffer)
    {
        var request = (FlowRequest)flow.Request;
        var hasNoBody = request.ClientAskedHead || response.StatusCode is 204 or 205 or 304;
        var body = response.Body;
        Deadline.Arm(DeadlineKind.Body, _options.BodyIdleTimeout);
        await body.PassOnAsync(response.Head, isSent: !hasNoBody, mayStream: true);

        // What came without a body, as a 304 or to HEAD, may have become an answer that has one, of no bytes.
        var length = body.IsTransformed ? null : body.Replacement?.Length ?? (body.Outgoing is null && !hasNoBody ? 0 : null as long?);
        SetHead(response, response.StatusCode is 204 or 205 or 304 ? null : length);
        flow.ResponseStarted = true;
        try
        {
            if (!hasNoBody) await SendBodyAsync(flow, body);
            await _features.GetRequiredFeature<IHttpResponseBodyFeature>().CompleteAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            throw FlowException.ClientGone(exception);
        }
        finally
        {
            flow.Timings.ResponseBytes = body.Replacement?.Length ?? body.Outgoing?.BytesRead ?? 0;
        }
    }

    public override async ValueTask RelayUpgradeAsync(Flow flow, FlowResponse response, UpstreamConnection upstream, WebSocketSession? webSocket, WireBuffer buffer)
    {
        var connect = _features.GetRequiredFeature<IHttpExtendedConnectFeature>();
        response.Head.RemoveKnown(KnownHeader.Connection);
        response.Head.RemoveKnown(KnownHeader.Upgrade);
        response.Head.Remove("Sec-WebSocket-Accept");
        SetHead(response, null);
        _features.GetRequiredFeature<IHttpResponseFeature>().StatusCode = 200;
        flow.ResponseStarted = true;
        var stream = await connect.AcceptAsync();
        if (webSocket is not null)
        {
            await webSocket.RunAsync(new WebSocketPeer(stream, default, stream.DisposeAsync, () => Abort(null)), WebSocketPeer.Of(upstream.Wire), Deadline);
            flow.Timings.ResponseBytes = webSocket.BytesToClient;
            return;
        }

        var relay = new StreamRelay(stream, upstream.Wire, Deadline, _options.TunnelIdleTimeout);
        await relay.RunAsync();
        flow.Timings.ResponseBytes = relay.BytesToClient;
    }

    public override void StopUpload() => _requestBody?.Cancel();

    public override void DropUpload() => StopUpload();

    public override void Abort(int? resetCode)
    {
        if (_features.Get<IHttpResetFeature>() is { } reset) reset.Reset(resetCode ?? (int)ErrorCode.InternalError);
        else _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }

    /// <summary>Answers a request that could not be taken.</summary>
    public ValueTask RefuseAsync(RequestHeadError refusal) =>
        AnswerAsync(FlowResponse.Of(new FlowError("http_request_error", refusal.StatusCode, refusal.Message)), isHead: false);

    /// <summary>Answers a request that is not a flow, one for the proxy itself.</summary>
    public async ValueTask AnswerAsync(FlowResponse response, bool isHead)
    {
        var body = response.Body.Replacement ?? default;
        SetHead(response, body.Length);
        try
        {
            if (!isHead) await _features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(body);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client left before it was answered.
        }
    }

    private void SetHead(FlowResponse response, long? length)
    {
        var feature = _features.GetRequiredFeature<IHttpResponseFeature>();
        feature.Headers.Clear();
        feature.StatusCode = response.StatusCode;
        var head = response.Head;
        for (var i = 0; i < head.Count; i++)
        {
            // RFC 9113 §8.2.2: nothing of one HTTP/1.1 connection goes on to HTTP/2.
            var line = head.Lines[i];
            if (line.IsHopByHop || line.Known is KnownHeader.TransferEncoding or KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.Upgrade or KnownHeader.Trailer) continue;
            if (line.Known == KnownHeader.ContentLength && (length is not null || response.StatusCode is 204 or 205)) continue;
            var (name, value) = head[i];
            AddHeader(feature.Headers, name, value);
        }

        if (length is not null) feature.Headers.ContentLength = length;
    }

    // HTTP/1.1 lets control characters pass in values; Kestrel does not (RFC 9113 §8.2.1 leaves it to the sender).
    private static void AddHeader(IHeaderDictionary headers, string name, string value)
    {
        try
        {
            headers.Append(name, value);
        }
        catch (InvalidOperationException exception)
        {
            throw new FlowException(new FlowError("http_protocol_error", 502, $"The response has the header {name}, whose value HTTP/2 cannot carry."), exception);
        }
    }

    private async ValueTask SendBodyAsync(Flow flow, MessageBody body)
    {
        var writer = _features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;
        if (body.Replacement is { } replacement)
        {
            await writer.WriteAsync(replacement);
            SendTrailers(body);
            return;
        }

        if (body.Outgoing is not { } source) return;
        if (!body.Buffered.IsEmpty) await writer.WriteAsync(body.Buffered);
        else await writer.FlushAsync(flow.Aborted); // starting alone would keep the head back until the first byte of the body
        while (true)
        {
            Deadline.Arm(DeadlineKind.Body, _options.BodyIdleTimeout);
            var piece = await source.ReadAsync();
            if (piece.IsEmpty) break;
            var result = await writer.WriteAsync(piece);
            if (result.IsCompleted || result.IsCanceled) throw FlowException.ClientGone();
        }

        SendTrailers(body);
    }

    private void SendTrailers(MessageBody body)
    {
        if (body.TrailersToSend is not { } trailers || _features.Get<IHttpResponseTrailersFeature>() is not { } feature) return;
        foreach (var (name, value) in trailers) feature.Trailers.Append(name, value);
    }

    /// <summary>The stream's deadline: cuts upstream and stream, not the connection.</summary>
    private sealed class StreamDeadline(Http2ClientExchange exchange) : ExchangeDeadline
    {
        protected override void OnExpired(DeadlineKind kind)
        {
            base.OnExpired(kind);
            if (kind is not DeadlineKind.Response) exchange.Abort(null);
        }
    }
}
