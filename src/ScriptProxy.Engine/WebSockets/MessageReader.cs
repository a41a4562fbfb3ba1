using System.Buffers;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>Reads what comes from one side: control frames at once, messages when they are whole (RFC 6455 §5.4). Keeps their frames as they came.</summary>
/// <param name="peer">Where from.</param>
/// <param name="isMasked">Whether its frames must be masked: a client's are, a server's must not be (§5.1).</param>
/// <param name="mayCompress">Whether permessage-deflate was agreed on.</param>
/// <param name="limitBytes">The longest message.</param>
internal sealed class MessageReader(WebSocketPeer peer, bool isMasked, bool mayCompress, long limitBytes) : IDisposable
{
    private const int BufferBytes = 4 * 1024;
    private const int KeptBytes = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private ArrayBufferWriter<byte> _raw = new();
    private ArrayBufferWriter<byte> _payload = new();
    private Opcode? _message;
    private bool _isCompressed;
    private bool _isWhole;

    private ReadOnlyMemory<byte> Buffered => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Reads the next thing. What the one before was made of is overwritten.</summary>
    public async ValueTask<Incoming> ReadAsync()
    {
        if (_isWhole) ForgetMessage();
        while (true)
        {
            if (FrameHeader.TryRead(Buffered.Span, out var header, out var problem))
            {
                if (Check(header) is { } status) return Incoming.Violation(status);
                if (Buffered.Length >= header.HeaderLength + header.Length)
                {
                    var frame = Buffered[..(header.HeaderLength + (int)header.Length)];
                    _start += frame.Length;
                    if (header.IsControl) return Control(header, frame);
                    Append(header, frame.Span);
                    if (header.IsFinal) return Message();
                    continue;
                }
            }
            else if (problem is not null)
            {
                return Incoming.Violation(new CloseStatus(CloseStatus.ProtocolError, problem));
            }

            if (await FillAsync() == 0) return new Incoming(IncomingKind.End);
        }
    }

    /// <summary>Reads on without looking, until the end.</summary>
    public async ValueTask DiscardAsync()
    {
        do
        {
            _start = _end = 0;
        }
        while (await FillAsync() > 0);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private CloseStatus? Check(in FrameHeader header)
    {
        if (header.Mask is not null != isMasked) return new(CloseStatus.ProtocolError, isMasked ? "a frame without mask" : "a masked frame");
        if (header.IsControl) return null;
        if (header.Opcode == Opcode.Continuation && _message is null) return new(CloseStatus.ProtocolError, "the rest of a message that did not begin");
        if (header.Opcode != Opcode.Continuation && _message is not null) return new(CloseStatus.ProtocolError, "a message within another");
        if (header.IsCompressed && (!mayCompress || header.Opcode == Opcode.Continuation)) return new(CloseStatus.ProtocolError, "a compressed frame where none may be");
        return header.Length > limitBytes - _payload.WrittenCount ? new(CloseStatus.TooBig, $"a message longer than {limitBytes} bytes") : null;
    }

    private static Incoming Control(in FrameHeader header, ReadOnlyMemory<byte> frame)
    {
        var payload = frame[header.HeaderLength..].ToArray();
        if (header.Mask is { } mask) Frame.Mask(payload, mask);
        return new Incoming(header.Opcode == Opcode.Close ? IncomingKind.Close : IncomingKind.Control) { Opcode = header.Opcode, Raw = frame, Payload = payload };
    }

    private void Append(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (_message is null) (_message, _isCompressed) = (header.Opcode, header.IsCompressed);
        _raw.Write(frame);
        if (header.Length == 0) return;
        var payload = _payload.GetSpan((int)header.Length)[..(int)header.Length];
        frame[header.HeaderLength..].CopyTo(payload);
        if (header.Mask is { } mask) Frame.Mask(payload, mask);
        _payload.Advance(payload.Length);
    }

    private Incoming Message()
    {
        _isWhole = true;
        return new Incoming(IncomingKind.Message) { Opcode = _message!.Value, IsCompressed = _isCompressed, Raw = _raw.WrittenMemory, Payload = _payload.WrittenMemory };
    }

    private void ForgetMessage()
    {
        // One large message is no reason to hold as much for as long as the WebSocket lives.
        _raw = Emptied(_raw);
        _payload = Emptied(_payload);
        _message = null;
        _isWhole = false;
        if (_buffer.Length > KeptBytes && _start == _end) Dispose();
    }

    private static ArrayBufferWriter<byte> Emptied(ArrayBufferWriter<byte> writer)
    {
        if (writer.Capacity > KeptBytes) return new ArrayBufferWriter<byte>();
        writer.ResetWrittenCount();
        return writer;
    }

    private async ValueTask<int> FillAsync()
    {
        MakeRoom();
        var count = await peer.ReadAsync(_buffer.AsMemory(_end));
        _end += count;
        return count;
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_end < _buffer.Length) return;
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        }
        else
        {
            // Grows with what really comes, not with what a header announces.
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(BufferBytes, _buffer.Length * 2));
            Buffer.BlockCopy(_buffer, 0, larger, 0, _end);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        (_start, _end) = (0, _end - _start);
    }
}
