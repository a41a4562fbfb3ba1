namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Has every hook and looks at everything a head holds, but changes nothing: the wire must be as without it.</summary>
internal sealed class WatchingAddon : Addon
{
    private long _seen;

    /// <summary>Makes the reading observable, so that none of it can be left out.</summary>
    public long Seen => _seen;

    public override ValueTask OnClientConnectedAsync(ClientConnection client) => See(client.Id);

    public override ValueTask OnClientDisconnectedAsync(ClientConnection client) => See(client.Id);

    public override ValueTask OnConnectAsync(ConnectFlow connect) => See(connect.Host);

    public override ValueTask OnTlsClientHelloAsync(TlsClientHello hello) => See(hello.ServerName);

    public override ValueTask OnRequestAsync(HttpFlow flow)
    {
        var request = flow.Request;
        Note(request.Method + request.Url + request.Target + request.Host + request.Port + request.Scheme + request.Path + request.Query);
        return Read(request);
    }

    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        var response = flow.Response!;
        Note(response.ReasonPhrase + response.StatusCode + response.IsLocal);
        return Read(response);
    }

    public override ValueTask OnErrorAsync(HttpFlow flow) => See(flow.Error!.Message);

    public override ValueTask OnTlsFailedAsync(TlsFailure failure) => See(failure.Reason);

    public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect) => See(connect.DialHost);

    public override ValueTask OnUpstreamConnectedAsync(UpstreamConnect connect) => See(connect.RemoteEndPoint!.ToString());

    public override ValueTask OnUpstreamFailedAsync(UpstreamConnect connect) => See(connect.Error!.Message);

    public override ValueTask OnWebSocketStartAsync(WebSocketConnection webSocket) => See(webSocket.Subprotocol);

    public override ValueTask OnWebSocketMessageAsync(WebSocketMessage message) => See(message.IsText ? message.Text : message.Bytes.Length.ToString());

    public override ValueTask OnWebSocketEndAsync(WebSocketConnection webSocket) => See(webSocket.CloseReason);

    public override ValueTask OnTunnelStartAsync(TunnelFlow tunnel) => See(tunnel.Host);

    public override ValueTask OnTcpDataAsync(TcpData data) => See(data.Bytes.Length.ToString());

    public override ValueTask OnTunnelEndAsync(TunnelFlow tunnel) => See(tunnel.ServerName);

    public override ValueTask OnCompletedAsync(HttpFlow flow) => See(flow.Timings.ResponseBytes.ToString());

    private ValueTask Read(HttpMessage message)
    {
        foreach (var (name, value) in message.Headers) Note(name + value + message.Headers[name] + message.Headers.GetAll(name).Count);
        return See(message.ContentType + message.HasBody + message.ContentLength + message.HttpVersion);
    }

    private ValueTask See(string? text)
    {
        Note(text);
        return default;
    }

    private void Note(string? text) => Interlocked.Add(ref _seen, text?.Length ?? 0);
}
