using System.Diagnostics.CodeAnalysis;
using System.Text;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Testing;

/// <summary>
/// The client or the server of a <see cref="TestWebSocket"/>: sends, and keeps what it received. Answers a close as any implementation does. Thread-safe.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The stream is memory; it holds nothing to give back.")]
public sealed class TestWebSocketSide
{
    private readonly Lock _lock = new();
    private readonly List<TestWebSocketMessage> _received = [];
    private readonly TestWebSocket _webSocket;
    private readonly WebSocketStream _stream;
    private readonly bool _isClient;
    private CloseStatus? _status;
    private int _taken;
    private bool _isCloseSent;

    internal TestWebSocketSide(TestWebSocket webSocket, bool isClient)
    {
        _webSocket = webSocket;
        _isClient = isClient;
        _stream = new WebSocketStream(Receive);
        Peer = new WebSocketPeer(_stream, default, StopSendingAsync, _stream.End);
    }

    /// <summary>The messages that reached this side so far, oldest first: those of the other side that passed, and those that addons sent.</summary>
    public IReadOnlyList<TestWebSocketMessage> Received
    {
        get
        {
            lock (_lock) return [.. _received];
        }
    }

    /// <summary>The status that this side was told at the close (RFC 6455 §7.4), 1005 for none; null while it was told nothing.</summary>
    public int? CloseCode => Volatile.Read(ref _status)?.Code;

    /// <summary>The text that came with <see cref="CloseCode"/>; null while there is none.</summary>
    public string? CloseReason => Volatile.Read(ref _status)?.Reason;

    /// <summary>The proxy's end of the connection with this side.</summary>
    internal WebSocketPeer Peer { get; }

    /// <summary>Completes when everything that this side sent has gone through the hooks.</summary>
    internal Task Taken => _stream.Taken;

    /// <summary>Sends a text message; completes when its hooks have run.</summary>
    /// <exception cref="InvalidOperationException">The WebSocket is closed.</exception>
    public Task SendAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(Opcode.Text, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a binary message; completes when its hooks have run.</summary>
    /// <param name="bytes">Copied.</param>
    /// <exception cref="InvalidOperationException">The WebSocket is closed.</exception>
    public Task SendAsync(ReadOnlyMemory<byte> bytes) => SendAsync(Opcode.Binary, bytes);

    /// <summary>Takes the next message that <see cref="Received"/> has and nobody took yet, waiting up to 30 s: for what addons send in the background.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    public Task<TestWebSocketMessage> ReceiveAsync() =>
        TestDeadline.PollAsync(TakeNext, () => $"No further message reached the {(_isClient ? "client" : "server")} of the WebSocket; it received {_received.Count}.");

    /// <summary>Closes the WebSocket from this side, and waits for its end: OnWebSocketEnd and OnCompleted have run.</summary>
    /// <param name="code">1000 for a normal end, 1001 for going away, 3000 to 4999 for codes of applications (RFC 6455 §7.4).</param>
    /// <param name="reason">At most 123 bytes in UTF-8.</param>
    /// <exception cref="ArgumentException">The code is not one that may be sent, or the reason is too long.</exception>
    /// <exception cref="InvalidOperationException">The WebSocket is closed already.</exception>
    public Task CloseAsync(int code = CloseStatus.Normal, string reason = "")
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (!CloseStatus.MayBeSent(code)) throw new ArgumentException($"{code} is not a status a WebSocket can be closed with: 1000 to 1003, 1007 to 1014, or 3000 to 4999.", nameof(code));
        if (!CloseStatus.FitsReason(reason)) throw new ArgumentException("The reason is longer than 123 bytes in UTF-8.", nameof(reason));
        return SendAsync(Opcode.Close, new CloseStatus(code, reason).ToPayload());
    }

    /// <summary>Goes away without a close, as a program that crashed; completes when OnWebSocketEnd and OnCompleted have run. Does nothing when it is over.</summary>
    public async Task DisconnectAsync()
    {
        _stream.End();
        await _webSocket.Ended;
    }

    private async Task SendAsync(Opcode opcode, ReadOnlyMemory<byte> content)
    {
        lock (_lock)
        {
            if (_isCloseSent || _webSocket.Connection.IsClosed) throw new InvalidOperationException("The WebSocket is closed.");
            _isCloseSent = opcode == Opcode.Close;
            _stream.Feed(Frame.Make(opcode, content.Span, masked: _isClient));
        }

        await _webSocket.SettleAsync(this);
    }

    private TestWebSocketMessage? TakeNext()
    {
        lock (_lock) return _taken < _received.Count ? _received[_taken++] : null;
    }

    private void Receive(ReadOnlyMemory<byte> frames)
    {
        lock (_lock)
        {
            while (FrameHeader.TryRead(frames.Span, out var header, out _))
            {
                var payload = frames.Slice(header.HeaderLength, (int)header.Length).ToArray();
                if (header.Mask is { } mask) Frame.Mask(payload, mask);
                frames = frames[(header.HeaderLength + payload.Length)..];
                if (header.Opcode == Opcode.Close) AnswerClose(payload);
                else _received.Add(new TestWebSocketMessage(header.Opcode == Opcode.Text, payload));
            }
        }
    }

    private void AnswerClose(byte[] payload)
    {
        Volatile.Write(ref _status, CloseStatus.Read(payload));
        if (_isCloseSent) return;
        _isCloseSent = true;
        _stream.Feed(Frame.Make(Opcode.Close, payload, masked: _isClient));
    }

    private ValueTask StopSendingAsync()
    {
        _stream.End();
        return default;
    }
}
