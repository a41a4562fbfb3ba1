using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Testing;

/// <summary>
/// A WebSocket without a network, opened with <see cref="AddonHost.OpenWebSocketAsync"/>: the test is its client and its server, and addons stand between
/// them as in the proxy. Disposing it ends it. Thread-safe.
/// </summary>
public sealed class TestWebSocket : IAsyncDisposable
{
    private readonly WebSocketSession _session;

    private TestWebSocket(TestFlow flow, WebSocketSession session)
    {
        Flow = flow;
        _session = session;
        Client = new TestWebSocketSide(this, isClient: true);
        Server = new TestWebSocketSide(this, isClient: false);
    }

    /// <summary>The exchange that opened it. Its error says what an addon that failed did.</summary>
    public TestFlow Flow { get; }

    /// <summary>The side that opened it.</summary>
    public TestWebSocketSide Client { get; }

    /// <summary>The side that was asked.</summary>
    public TestWebSocketSide Server { get; }

    /// <summary>What hooks are given: counts, and how it was closed.</summary>
    public WebSocketConnection Connection => _session;

    /// <summary>Completes when everything is over, OnCompleted included.</summary>
    internal Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Ends it without a close, unless it is over; OnWebSocketEnd and OnCompleted have run then.</summary>
    public async ValueTask DisposeAsync() => await Client.DisconnectAsync();

    /// <summary>Opens it; OnWebSocketStart has run then.</summary>
    internal static async Task<TestWebSocket> StartAsync(TestFlow flow, WebSocketSession session, InProcessExchange exchange)
    {
        var webSocket = new TestWebSocket(flow, session);

        // What was upgraded may last, and must not hold up a reload.
        exchange.ReleaseAddons();
        webSocket.Ended = webSocket.RunAsync(exchange);
        await webSocket.SettleAsync(webSocket.Client, webSocket.Server);
        return webSocket;
    }

    /// <summary>Waits until what some sides sent has gone through the hooks, and to the end where it is being closed.</summary>
    internal async Task SettleAsync(params TestWebSocketSide[] sides)
    {
        await Task.WhenAny(Task.WhenAll(sides.Select(side => side.Taken)), Ended);
        if (Connection.IsClosed) await Ended;
    }

    private async Task RunAsync(InProcessExchange exchange)
    {
        using (_session) await _session.RunAsync(Client.Peer, Server.Peer, new NoDeadline());
        Flow.Timings.ResponseBytes = _session.BytesToClient;
        await exchange.CompleteAsync();
    }

    /// <summary>A test takes what time it needs.</summary>
    private sealed class NoDeadline : Deadline
    {
        protected override void OnExpired(DeadlineKind kind)
        {
            // No heartbeat looks at it.
        }
    }
}
