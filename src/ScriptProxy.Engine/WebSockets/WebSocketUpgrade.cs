using System.Collections.Concurrent;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>
/// Decides whether a WebSocket is read or relayed as bytes: it is read when some addon has a hook for it at the time it is opened. What is read
/// must be readable, so other extensions than compression are not offered then. Thread-safe.
/// </summary>
internal sealed class WebSocketUpgrade(Generations generations, ProxyOptions options)
{
    private const string Extensions = "Sec-WebSocket-Extensions";

    private readonly ConcurrentDictionary<WebSocketSession, byte> _open = new();
    private volatile bool _isStopping;

    /// <summary>Closes every WebSocket that is read with 1001, towards both sides, and those that are opened from here on; they have a few seconds to answer. Does not wait.</summary>
    public void GoAway()
    {
        _isStopping = true;
        foreach (var (session, _) in _open) session.GoAway();
    }

    /// <summary>Takes from a request that opens a WebSocket what could not be read.</summary>
    public static void Prepare(FlowRequest request, Generation addons)
    {
        if (!request.IsUpgrade || !addons.HasWebSocketHooks || request.Headers[Extensions] is not { } offered) return;
        var readable = DeflateParameters.Filter(offered);
        if (!ReferenceEquals(readable, offered)) request.Headers[Extensions] = readable;
    }

    /// <returns>Null when it is no WebSocket, or no addon wants to see it.</returns>
    /// <exception cref="FlowException">The server chose an extension that was not offered.</exception>
    public WebSocketSession? Begin(Flow flow, FlowResponse response)
    {
        if (!generations.Current.HasWebSocketHooks || !"websocket".Equals(response.Headers["Upgrade"], StringComparison.OrdinalIgnoreCase)) return null;
        if (!DeflateParameters.TryRead(response.Headers[Extensions], out var deflate)) throw new FlowException(FlowErrors.UnaskedExtension);
        var session = new WebSocketSession(generations, flow, response.Headers["Sec-WebSocket-Protocol"], deflate, options) { Ended = Forget };
        flow.SetWebSocket(session);
        _open[session] = 0;
        if (_isStopping) session.GoAway();
        return session;
    }

    private void Forget(WebSocketSession session) => _open.TryRemove(session, out _);
}
