namespace ScriptProxy;

/// <summary>
/// Code that reacts to traffic. Derive from it in a .csx, a single-file .cs or a compiled plugin, and override the hooks of interest;
/// a hook that is not overridden costs nothing. Hooks of different flows run at the same time, so fields shared between flows need
/// thread-safe types. An exception from a hook that can change traffic makes the flow fail closed (502); see docs/addons.md.
/// </summary>
public abstract class Addon
{
    /// <summary>The name used in logs and error answers. Unique among loaded addons; the default is the file or type name.</summary>
    public virtual string? Name => null;

    /// <summary>Before this version goes live. Throwing keeps the running version in place.</summary>
    public virtual ValueTask OnLoadAsync(AddonContext context) => default;

    /// <summary>After the last flow of this version ended. Exceptions are logged and change nothing.</summary>
    public virtual ValueTask OnUnloadAsync() => default;

    /// <summary>A client connected; nothing was read yet. May refuse it with <see cref="ClientConnection.Refuse"/>.</summary>
    public virtual ValueTask OnClientConnectedAsync(ClientConnection client) => default;

    /// <summary>A client gave a user and a password to the proxy. May accept or reject them; an addon with this hook makes the proxy ask for them.</summary>
    public virtual ValueTask OnProxyAuthenticateAsync(ProxyAuthentication authentication) => default;

    /// <summary>A client connection ended, for whatever reason. Observes only.</summary>
    public virtual ValueTask OnClientDisconnectedAsync(ClientConnection client) => default;

    /// <summary>A client asked for a tunnel, by CONNECT (RFC 9110 §9.3.6) or SOCKS, or was redirected here. May deny it, send it elsewhere, or choose to intercept or to relay it unread.</summary>
    public virtual ValueTask OnConnectAsync(ConnectFlow connect) => default;

    /// <summary>A TLS ClientHello (RFC 8446 §4.1.2) was read and nothing was answered yet. May intercept, tunnel or deny.</summary>
    public virtual ValueTask OnTlsClientHelloAsync(TlsClientHello hello) => default;

    /// <summary>A TLS handshake failed, with a client or with an upstream. Observes only: hosts that are pinned can be remembered, to be tunnelled next time.</summary>
    public virtual ValueTask OnTlsFailedAsync(TlsFailure failure) => default;

    /// <summary>A request head arrived; its body was not read. May change anything, answer instead of the origin, or abort.</summary>
    public virtual ValueTask OnRequestAsync(HttpFlow flow) => default;

    /// <summary>A connection to an upstream is about to be dialled, for a flow or a tunnel. May dial something else, or refuse.</summary>
    public virtual ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect) => default;

    /// <summary>A connection to an upstream was made, TLS included. Observes only.</summary>
    public virtual ValueTask OnUpstreamConnectedAsync(UpstreamConnect connect) => default;

    /// <summary>A connection to an upstream could not be made. Observes only; the flow that needed it goes on to <see cref="OnErrorAsync"/>.</summary>
    public virtual ValueTask OnUpstreamFailedAsync(UpstreamConnect connect) => default;

    /// <summary>A response head arrived (or an addon answered); its body was not read. May change anything that the client will see.</summary>
    public virtual ValueTask OnResponseAsync(HttpFlow flow) => default;

    /// <summary>The exchange failed before a response head reached the client. May answer instead of the proxy's own error.</summary>
    public virtual ValueTask OnErrorAsync(HttpFlow flow) => default;

    /// <summary>Exactly once per flow, after everything else. Sizes, timings and outcome are final; the wire cannot be changed any more.</summary>
    public virtual ValueTask OnCompletedAsync(HttpFlow flow) => default;

    /// <summary>A WebSocket was opened (RFC 6455, RFC 8441); no message has passed. May send messages of its own, or close it.</summary>
    public virtual ValueTask OnWebSocketStartAsync(WebSocketConnection webSocket) => default;

    /// <summary>A whole message came from either side. May change or drop it, send further ones, or close the WebSocket. Messages of one WebSocket come one after the other.</summary>
    public virtual ValueTask OnWebSocketMessageAsync(WebSocketMessage message) => default;

    /// <summary>A WebSocket has ended; its close code is known. Exactly once for every <see cref="OnWebSocketStartAsync"/>. Observes only.</summary>
    public virtual ValueTask OnWebSocketEndAsync(WebSocketConnection webSocket) => default;

    /// <summary>A tunnel leads to its server; nothing has passed. May cut it with <see cref="TunnelFlow.Abort"/>.</summary>
    public virtual ValueTask OnTunnelStartAsync(TunnelFlow tunnel) => default;

    /// <summary>Bytes came from either side of a tunnel. May change or drop them, or cut the tunnel. Pieces of one tunnel come one after the other.</summary>
    public virtual ValueTask OnTcpDataAsync(TcpData data) => default;

    /// <summary>A tunnel has ended; what passed is known. Exactly once for every <see cref="OnTunnelStartAsync"/>. Observes only.</summary>
    public virtual ValueTask OnTunnelEndAsync(TunnelFlow tunnel) => default;
}
