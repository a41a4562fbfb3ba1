using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Flows;

/// <summary>The client's side of an exchange, whatever protocol it speaks. The pipeline drives it, one exchange at a time.</summary>
internal abstract class ClientExchange
{
    /// <summary>What is waited for, and what is cut when it does not come.</summary>
    public abstract ExchangeDeadline Deadline { get; }

    /// <summary>Whether the client's connection ends after this exchange.</summary>
    public abstract bool WillClose { get; }

    /// <summary>The upstream connection kept for this client since its last exchange; the caller owns it. Null when there is none.</summary>
    public abstract UpstreamConnection? TakeUpstream();

    /// <summary>Keeps a usable upstream connection for the client's next request.</summary>
    public abstract void KeepUpstream(UpstreamConnection connection);

    /// <summary>Passes a 1xx response on, where the client's protocol can carry it.</summary>
    public abstract ValueTask SendInformationalAsync(HeaderBlock head, int statusCode, WireBuffer buffer);

    /// <summary>Sends head and body; returns when the last byte is handed to the transport.</summary>
    /// <exception cref="FlowException">The client left, or the body's source failed; nothing can be answered any more.</exception>
    public abstract ValueTask SendResponseAsync(Flow flow, FlowResponse response, RequestUpload? upload, WireBuffer buffer);

    /// <summary>Relays an upgraded connection (101) until both sides have closed.</summary>
    /// <param name="flow">The flow that opened it.</param>
    /// <param name="response">The head that switches protocols.</param>
    /// <param name="upstream">The other side.</param>
    /// <param name="webSocket">Where addons look into it; null to relay bytes that nobody reads.</param>
    /// <param name="buffer">For the head.</param>
    public abstract ValueTask RelayUpgradeAsync(Flow flow, FlowResponse response, UpstreamConnection upstream, WebSocketSession? webSocket, WireBuffer buffer);

    /// <summary>Wakes an upload that waits for the client, so that it ends.</summary>
    public abstract void StopUpload();

    /// <summary>Says that the rest of the request body is not wanted any more, where the client's protocol has a way to say it.</summary>
    public virtual void DropUpload()
    {
    }

    /// <summary>Cuts the client off: a reset, never a clean end.</summary>
    /// <param name="resetCode">The HTTP/2 error code that the origin gave as the reason; null when it gave none.</param>
    public abstract void Abort(int? resetCode);
}
