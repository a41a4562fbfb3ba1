using System.Reflection;

namespace ScriptProxy.Engine.Addons;

/// <summary>
/// The hook table: one row per moment that addons can react to, in the order in which they come. A new hook is a virtual method on
/// <see cref="Addon"/>, a row here and one call. docs/hooks.md is made from it.
/// </summary>
internal abstract class HookKind
{
    public static readonly HookKind<ClientConnection> ClientConnected = new(0, "OnClientConnected")
    {
        When = "a client connected; nothing was read",
        May = "refuse it with `Refuse`, keep values in `Metadata`",
        MayNot = "answer: nothing was asked yet",
    };

    public static readonly HookKind<ProxyAuthentication> ProxyAuthenticate = new(1, "OnProxyAuthenticate")
    {
        When = "a client gave a user and a password to the proxy, once per connection; nothing was checked. That there is this hook makes the proxy ask for them",
        May = "`Accept` or `Reject`; neither leaves it to `--proxy-auth` and `--proxy-auth-file`",
        MayNot = "see credentials for origins: those are in the headers of `OnRequest`",
    };

    public static readonly HookKind<ConnectFlow> Connect = new(2, "OnConnect")
    {
        When = "a client asked for a tunnel, by CONNECT or SOCKS, or was redirected here; nothing was answered",
        May = "`Deny`, `Intercept` or `Tunnel` it, send it elsewhere (`Host`, `Port`)",
        MayNot = "see what passes inside, or change the header fields: they go nowhere",
    };

    public static readonly HookKind<TlsClientHello> ClientHello = new(3, "OnTlsClientHello")
    {
        When = "a client's first TLS message was read inside a tunnel that is not relayed unread; nothing was answered",
        May = "`Deny`, `Intercept` or `Tunnel`, by SNI, ALPN, versions, JA3 or JA4",
        MayNot = "change what is offered",
    };

    public static readonly HookKind<TlsFailure> TlsFailed = new(4, "OnTlsFailed", observes: true)
    {
        When = "a TLS handshake failed, with a client or with an upstream",
        May = "learn: who, where to, why, and whether the client rejected our certificate",
        MayNot = "save the connection",
    };

    public static readonly HookKind<HttpFlow> Request = new(5, "OnRequest")
    {
        When = "a request head arrived; its body was not read",
        May = "change anything, read or replace the body, `Respond`, `Redirect`, `Block`, `Abort`",
        MayNot = "see the response",
    };

    public static readonly HookKind<UpstreamConnect> UpstreamConnecting = new(6, "OnUpstreamConnecting")
    {
        When = "no open connection can be used for a flow, or a tunnel needs one; nothing was dialled",
        May = "dial something else with `ConnectTo`, or `Refuse`",
        MayNot = "change the request, SNI or the name that the certificate is verified for; choose for each request, since connections are kept",
    };

    public static readonly HookKind<UpstreamConnect> UpstreamConnected = new(7, "OnUpstreamConnected", observes: true)
    {
        When = "the connection is there, TLS included",
        May = "read the address, TLS version and protocol",
        MayNot = "change anything",
    };

    public static readonly HookKind<UpstreamConnect> UpstreamFailed = new(8, "OnUpstreamFailed", observes: true)
    {
        When = "the connection could not be made: DNS, TCP, TLS or its certificate",
        May = "read why in `Error`",
        MayNot = "answer: that is for `OnError`",
    };

    public static readonly HookKind<HttpFlow> Response = new(9, "OnResponse")
    {
        When = "a response head arrived, or an addon answered; its body was not read",
        May = "change anything, read or replace the body, answer something else with `Respond`, `Abort`",
        MayNot = "change the request: it is on its way",
    };

    public static readonly HookKind<HttpFlow> Error = new(10, "OnError")
    {
        When = "the exchange failed before a response head came",
        May = "`Respond` instead of the proxy's own error, `Abort`",
        MayNot = "repeat the request",
    };

    public static readonly HookKind<HttpFlow> Completed = new(11, "OnCompleted", observes: true)
    {
        When = "exactly once per flow, last; for a WebSocket after its end",
        May = "read sizes, times and outcome, which are final",
        MayNot = "change the wire",
    };

    public static readonly HookKind<WebSocketConnection> WebSocketStart = new(12, "OnWebSocketStart")
    {
        When = "a WebSocket was opened, by 101 or by an HTTP/2 CONNECT; no message has passed",
        May = "send messages to either side, `CloseAsync`",
        MayNot = "change how it was opened: that is for `OnRequest` and `OnResponse`",
    };

    public static readonly HookKind<WebSocketMessage> WebSocketMessage = new(13, "OnWebSocketMessage")
    {
        When = "a whole message came from either side; one after the other for each WebSocket",
        May = "change `Text` or `Bytes`, `Drop` it, send further messages, close the WebSocket",
        MayNot = "see pings, pongs and frames; keep what it did not change from leaving in the frames it came in",
    };

    public static readonly HookKind<WebSocketConnection> WebSocketEnd = new(14, "OnWebSocketEnd", observes: true)
    {
        When = "a WebSocket has ended, once for each `OnWebSocketStart`",
        May = "read who closed it, with what code, and how many messages passed",
        MayNot = "send any more",
    };

    public static readonly HookKind<TunnelFlow> TunnelStart = new(15, "OnTunnelStart")
    {
        When = "a tunnel leads to its server; nothing has passed",
        May = "`Abort` it, keep values in `Metadata`",
        MayNot = "intercept it any more: that is for `OnConnect` and `OnTlsClientHello`",
    };

    public static readonly HookKind<TcpData> TcpData = new(16, "OnTcpData")
    {
        When = "bytes came from either side of a tunnel; one piece after the other for each tunnel, and none is read before the last one was passed on",
        May = "change `Bytes`, `Drop` them, `Abort` the tunnel",
        MayNot = "read inside TLS, or take the borders of pieces for those of messages",
    };

    public static readonly HookKind<TunnelFlow> TunnelEnd = new(17, "OnTunnelEnd", observes: true)
    {
        When = "a tunnel has ended, once for each `OnTunnelStart`",
        May = "read bytes each way, duration, SNI, JA3 and JA4, and why it was cut",
        MayNot = "change anything",
    };

    public static readonly HookKind<ClientConnection> ClientDisconnected = new(18, "OnClientDisconnected", observes: true)
    {
        When = "a client's connection ended, for whatever reason",
        May = "clean up what belongs to the connection",
        MayNot = "change anything",
    };

    /// <summary>Every row, at its own <see cref="Index"/>.</summary>
    public static readonly IReadOnlyList<HookKind> All =
    [
        ClientConnected, ProxyAuthenticate, Connect, ClientHello, TlsFailed, Request, UpstreamConnecting, UpstreamConnected, UpstreamFailed, Response, Error, Completed,
        WebSocketStart, WebSocketMessage, WebSocketEnd, TunnelStart, TcpData, TunnelEnd, ClientDisconnected,
    ];

    private protected HookKind(int index, string name, bool observes)
    {
        Index = index;
        Name = name;
        Observes = observes;
    }

    public int Index { get; }

    /// <summary>The name of a script's function; the class method has "Async" behind it.</summary>
    public string Name { get; }

    /// <summary>Whether the hook comes too late to change traffic, so that its failure is logged and nothing else.</summary>
    public bool Observes { get; }

    /// <summary>When it is called, for the documentation.</summary>
    public required string When { get; init; }

    /// <summary>What it can do, for the documentation.</summary>
    public required string May { get; init; }

    /// <summary>What it cannot do, for the documentation.</summary>
    public required string MayNot { get; init; }

    /// <summary>What the hook is given.</summary>
    public abstract Type ArgumentType { get; }

    /// <summary>Adds <paramref name="method"/> of <paramref name="target"/> to the hooks of <paramref name="addon"/>. A static method needs no target.</summary>
    /// <returns>False when the parameters or the return type (void, Task, ValueTask) are not those of the hook.</returns>
    public abstract bool TryBind(LoadedAddon addon, MethodInfo method, object? target);
}
