using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>
/// One WebSocket that addons look into: two readers, two writers, and the hooks between them. Each hook leases the addons anew, so that a
/// WebSocket that lasts for days holds up no reload.
/// </summary>
internal sealed class WebSocketSession(Generations generations, Flow flow, string? subprotocol, DeflateParameters? deflate, ProxyOptions options) : WebSocketConnection, IDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly long _limitBytes = Math.Min(options.BodyLimit, int.MaxValue / 2);
    private readonly Lock _closing = new();
    private Deadline? _deadline;
    private MessageWriter? _toClient;
    private MessageWriter? _toServer;
    private CloseStatus? _status;
    private volatile bool _goesAway;
    private bool _isRunning;
    private bool? _byClient;
    private long _fromClient;
    private long _fromServer;

    /// <summary>Is told when it is over.</summary>
    public required Action<WebSocketSession> Ended { get; init; }

    public override HttpFlow Flow => flow;

    public override string? Subprotocol => subprotocol;

    public override long MessagesFromClient => Volatile.Read(ref _fromClient);

    public override long MessagesFromServer => Volatile.Read(ref _fromServer);

    public override bool IsClosed => Volatile.Read(ref _status) is not null;

    public override int? CloseCode => Volatile.Read(ref _status)?.Code;

    public override string? CloseReason => Volatile.Read(ref _status)?.Reason;

    public override bool? WasClosedByClient => _byClient;

    /// <summary>Bytes that went to the client, frames included.</summary>
    public long BytesToClient => _toClient?.BytesSent ?? 0;

    public override ValueTask SendToClientAsync(string text) => SendAsync(_toClient, Opcode.Text, Encoding.UTF8.GetBytes(text));

    public override ValueTask SendToClientAsync(ReadOnlyMemory<byte> bytes) => SendAsync(_toClient, Opcode.Binary, bytes);

    public override ValueTask SendToServerAsync(string text) => SendAsync(_toServer, Opcode.Text, Encoding.UTF8.GetBytes(text));

    public override ValueTask SendToServerAsync(ReadOnlyMemory<byte> bytes) => SendAsync(_toServer, Opcode.Binary, bytes);

    public override async ValueTask CloseAsync(int code = CloseStatus.Normal, string reason = "")
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (!CloseStatus.MayBeSent(code)) throw new ArgumentException($"{code} is not a status a WebSocket can be closed with: 1000 to 1003, 1007 to 1014, or 3000 to 4999.", nameof(code));
        if (!CloseStatus.FitsReason(reason)) throw new ArgumentException("The reason is longer than 123 bytes in UTF-8.", nameof(reason));
        var status = new CloseStatus(code, reason);
        if (TryClose(status, byClient: null)) await CloseBothAsync(status, status);
    }

    /// <summary>Relays until both sides have ended. Never throws: what went wrong is the flow's error.</summary>
    public async Task RunAsync(WebSocketPeer client, WebSocketPeer server, Deadline deadline)
    {
        _deadline = deadline;
        var toClient = _toClient = new MessageWriter(client, masks: false, deflate);
        var toServer = _toServer = new MessageWriter(server, masks: true, deflate);
        using var turn = new SemaphoreSlim(1, 1);
        await StartAsync();
        Volatile.Write(ref _isRunning, true);
        Interlocked.MemoryBarrier();
        if (_goesAway) await GoAwayAsync();
        await Task.WhenAll(
            RunLaneAsync(client, toServer, toClient, turn, fromClient: true),
            RunLaneAsync(server, toClient, toServer, turn, fromClient: false));
        deadline.Disarm();
        TryClose(new CloseStatus(CloseStatus.Abnormal, ""), byClient: null);
        await toClient.StopSendingAsync();
        await toServer.StopSendingAsync();
        await EndAsync();
    }

    /// <summary>Closes it because the proxy stops (1001, RFC 6455 §7.4.1). Does not wait, and may come before it has begun.</summary>
    public void GoAway()
    {
        _goesAway = true;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isRunning)) _ = GoAwayAsync();
    }

    public void Dispose()
    {
        Ended(this);
        _toClient?.Dispose();
        _toServer?.Dispose();
    }

    private static async ValueTask SendAsync(MessageWriter? writer, Opcode opcode, ReadOnlyMemory<byte> content)
    {
        if (writer is null) throw new InvalidOperationException("The WebSocket is not open yet.");
        try
        {
            await writer.SendAsync(opcode, content);
        }
        catch (ObjectDisposedException exception)
        {
            throw new InvalidOperationException("The WebSocket is closed.", exception);
        }
    }

    private async ValueTask StartAsync()
    {
        using var lease = generations.Lease();
        try
        {
            if (!lease.Generation.WebSocketStart.IsEmpty) await lease.Generation.WebSocketStart.RunAsync(this);
        }
        catch (Exception exception) when (exception is AddonException or OperationCanceledException)
        {
            await FailAsync(exception);
        }
    }

    private async ValueTask EndAsync()
    {
        using var lease = generations.Lease();
        if (!lease.Generation.WebSocketEnd.IsEmpty) await lease.Generation.WebSocketEnd.RunAsync(this);
    }

    /// <summary>One direction. A lane ends with its sender's closing frame, or with the connection.</summary>
    private async Task RunLaneAsync(WebSocketPeer from, MessageWriter onward, MessageWriter back, SemaphoreSlim turn, bool fromClient)
    {
        using var reader = new MessageReader(from, isMasked: fromClient, mayCompress: deflate is not null, _limitBytes);
        using var inflater = deflate is null ? null : new MessageInflater(!(fromClient ? deflate.ClientNoContextTakeover : deflate.ServerNoContextTakeover));
        try
        {
            while (true)
            {
                if (!IsClosed) _deadline!.Arm(DeadlineKind.Tunnel, options.TunnelIdleTimeout);
                var incoming = await reader.ReadAsync();
                switch (incoming.Kind)
                {
                    case IncomingKind.Message when onward.IsCloseSent:
                        break;
                    case IncomingKind.Message:
                        if (await PassAsync(incoming, inflater, onward, turn, fromClient) is not { } violation) break;
                        await RefuseAsync(violation, reader, onward, back, fromClient);
                        return;
                    case IncomingKind.Control:
                        await onward.ForwardAsync(incoming, default);
                        break;
                    case IncomingKind.Close when CloseStatus.Read(incoming.Payload.Span) is { } status:
                        TryClose(status, fromClient);
                        await onward.CloseAsync(incoming.Raw);
                        return;
                    case IncomingKind.Close:
                        await RefuseAsync(CloseStatus.Violation(incoming.Payload.Span), reader, onward, back, fromClient);
                        return;
                    case IncomingKind.Violation:
                        await RefuseAsync(incoming.Status!, reader, onward, back, fromClient);
                        return;
                    case IncomingKind.End:
                        // Without a closing frame: passed on as it came.
                        await onward.StopSendingAsync();
                        return;
                }
            }
        }
        catch (Exception exception) when (WebSocketPeer.IsGone(exception))
        {
            onward.Abort();
            back.Abort();
        }
    }

    /// <summary>A whole message through the hooks to the other side.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    private async ValueTask<CloseStatus?> PassAsync(Incoming incoming, MessageInflater? inflater, MessageWriter onward, SemaphoreSlim turn, bool fromClient)
    {
        var content = incoming.Payload;
        if (incoming.IsCompressed)
        {
            var inflated = new ArrayBufferWriter<byte>();
            if (inflater!.Inflate(incoming.Payload, _limitBytes, inflated) is { } problem) return problem;
            content = inflated.WrittenMemory;
        }

        var isText = incoming.Opcode == Opcode.Text;
        if (isText && !Utf8.IsValid(content.Span)) return new CloseStatus(CloseStatus.InvalidPayload, "text that is not UTF-8");
        Interlocked.Increment(ref fromClient ? ref _fromClient : ref _fromServer);

        var message = new WebSocketMessage(this, fromClient, isText, content.ToArray());
        if (!await TryAskAsync(message, turn) || onward.IsCloseSent) return null;
        if (message.IsDropped) await onward.DropAsync(incoming);
        else if (message.IsChanged) await onward.ReplaceAsync(incoming, message.IsText ? Opcode.Text : Opcode.Binary, message.Bytes);
        else await onward.ForwardAsync(incoming, content);
        return null;
    }

    /// <returns>False when an addon failed: the WebSocket is then being closed, and the message goes nowhere.</returns>
    private async ValueTask<bool> TryAskAsync(WebSocketMessage message, SemaphoreSlim turn)
    {
        // Both directions wait here: an addon sees one message of a WebSocket at a time.
        await turn.WaitAsync();
        try
        {
            using var lease = generations.Lease();
            if (!lease.Generation.WebSocketMessage.IsEmpty) await lease.Generation.WebSocketMessage.RunAsync(message);
            return true;
        }
        catch (Exception exception) when (exception is AddonException or OperationCanceledException)
        {
            await FailAsync(exception);
            return false;
        }
        finally
        {
            turn.Release();
        }
    }

    private async ValueTask FailAsync(Exception exception)
    {
        flow.Fail((FlowErrors.From(exception) ?? FlowErrors.Aborted) with { StatusCode = 0 });
        var status = new CloseStatus(CloseStatus.InternalError, "An addon of the proxy failed.");
        if (TryClose(status, byClient: null)) await CloseBothAsync(status, status);
    }

    /// <summary>Ends what does not keep to the protocol: the offender learns what it did, the other side only that it is over.</summary>
    private async ValueTask RefuseAsync(CloseStatus violation, MessageReader reader, MessageWriter onward, MessageWriter back, bool byClient)
    {
        var message = $"The {(byClient ? "client" : "server")} of a WebSocket sent {violation.Reason}.";
        flow.Fail(new FlowError(byClient ? "http_request_error" : "http_protocol_error", 0, message));
        if (TryClose(violation, byClient)) await CloseBothAsync(byClient ? violation : Gone(message), byClient ? Gone(message) : violation);

        // What follows cannot be told apart any more. It is read off, so that closing does not reset the answer away.
        await back.StopSendingAsync();
        await reader.DiscardAsync();
        await onward.StopSendingAsync();

        static CloseStatus Gone(string message) => new(CloseStatus.GoingAway, message);
    }

    private async Task GoAwayAsync()
    {
        try
        {
            var status = new CloseStatus(CloseStatus.GoingAway, "The proxy stops.");
            if (TryClose(status, byClient: null)) await CloseBothAsync(status, status);
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    private async ValueTask CloseBothAsync(CloseStatus toClient, CloseStatus toServer)
    {
        try
        {
            await _toClient!.CloseAsync(toClient);
            await _toServer!.CloseAsync(toServer);
        }
        catch (Exception exception) when (WebSocketPeer.IsGone(exception))
        {
            // One side is gone already, and the other will not be waited for.
            _toClient!.Abort();
            _toServer!.Abort();
        }
    }

    /// <summary>Takes note of the first reason to close; from then on the sides have little time.</summary>
    private bool TryClose(CloseStatus status, bool? byClient)
    {
        lock (_closing)
        {
            if (_status is not null) return false;
            _byClient = byClient;
            Volatile.Write(ref _status, status);
        }

        _deadline?.Arm(DeadlineKind.Tunnel, CloseTimeout);
        return true;
    }
}
