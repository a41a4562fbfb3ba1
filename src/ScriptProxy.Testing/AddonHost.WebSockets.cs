using ScriptProxy.Engine;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Testing;

/// <content>WebSockets.</content>
public sealed partial class AddonHost
{
    /// <summary>
    /// Opens a WebSocket as the proxy does: OnRequest, the server's 101, OnResponse, OnWebSocketStart. What the test lets either side send goes through
    /// OnWebSocketMessage. A failing hook is no exception here: the WebSocket is closed with 1011, and its flow has an error.
    /// </summary>
    /// <param name="flow">See <see cref="FlowBuilder.WebSocket"/>.</param>
    /// <returns>The open WebSocket; disposed before the host.</returns>
    /// <exception cref="InvalidOperationException">It was not opened: it was answered otherwise, or no addon has a hook for WebSockets. The flow is completed.</exception>
    public async Task<TestWebSocket> OpenWebSocketAsync(TestFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        if (await ExchangeAsync(flow) is { } webSocket) return webSocket;
        var reason = flow switch
        {
            { Error: { } error } => error.Message,
            { Response: null } => "it was cut off.",
            { Response.StatusCode: not 101 } => $"the answer is {flow.Response.StatusCode} {flow.Response.ReasonPhrase}.",
            _ => "no addon has a hook for WebSockets, so the proxy relays this one unread.",
        };
        throw new InvalidOperationException($"The WebSocket was not opened: {reason}");
    }

    /// <summary>Runs a flow to its end, or to where it has become a WebSocket.</summary>
    /// <returns>The open WebSocket, which ends the flow; null when there is none.</returns>
    private async Task<TestWebSocket?> ExchangeAsync(TestFlow flow)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            var exchange = _pipeline.Begin(flow.Inner);
            var request = flow.Inner.Request;
            await _pipeline.SendAsync(exchange, _ =>
            {
                WebSocketUpgrade.Prepare(request, exchange.Addons);
                return flow.SendAsync();
            });
            if (flow.Response is not { StatusCode: 101 }) await flow.ReceiveAsync();
            else if (Upgrade(flow) is { } session) return await TestWebSocket.StartAsync(flow, session, exchange);
            await exchange.CompleteAsync();
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private WebSocketSession? Upgrade(TestFlow flow)
    {
        try
        {
            return new WebSocketUpgrade(_generations, new ProxyOptions { BodyLimit = flow.BodyLimit }).Begin(flow.Inner, flow.Inner.Response!);
        }
        catch (FlowException exception)
        {
            // An addon let the server choose an extension that nobody offered.
            flow.Inner.ClearResponse();
            flow.Inner.Fail(exception.Error);
            flow.Inner.SetResponse(FlowResponse.Of(exception.Error));
            return null;
        }
    }
}
