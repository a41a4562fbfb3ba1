using System.Buffers;
using System.IO.Compression;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>Decompresses the messages of one direction (RFC 7692 §7.2.2), with or without memory of those before. One message at a time.</summary>
/// <param name="keepsContext">Whether a message may refer to those before it.</param>
internal sealed class MessageInflater(bool keepsContext) : IDisposable
{
    private const int PieceBytes = 16 * 1024;
    private const int WindowBytes = 32 * 1024;

    // What the sender has left off (§7.2.1).
    private static readonly byte[] Tail = [0x00, 0x00, 0xFF, 0xFF];

    // An empty block, which a decoder asks for unless its stream has ended.
    private static readonly byte[] Probe = [0x00, 0x00, 0x00, 0xFF, 0xFF];

    private readonly ArrayBufferWriter<byte>? _window = keepsContext ? new ArrayBufferWriter<byte>() : null;
    private Input _input = new();
    private DeflateStream? _inflater;
    private bool _hasEnded;

    /// <param name="payload">The message as it came, put together.</param>
    /// <param name="limitBytes">The most bytes to produce.</param>
    /// <param name="output">Where they go.</param>
    /// <returns>Why it cannot be had; null when it could.</returns>
    public CloseStatus? Inflate(ReadOnlyMemory<byte> payload, long limitBytes, ArrayBufferWriter<byte> output)
    {
        try
        {
            var before = output.WrittenCount;
            if (!TryInflateAll(payload, limitBytes, output)) return new CloseStatus(CloseStatus.TooBig, $"a message longer than {limitBytes} bytes");
            Remember(output.WrittenSpan[before..]);
            if (!keepsContext) Restart();
            return null;
        }
        catch (InvalidDataException)
        {
            return new CloseStatus(CloseStatus.InvalidPayload, "a compressed message that cannot be decompressed");
        }
    }

    public void Dispose() => Restart();

    private bool TryInflateAll(ReadOnlyMemory<byte> payload, long limitBytes, ArrayBufferWriter<byte> output)
    {
        if (!_hasEnded)
        {
            if (!TryInflate(payload, limitBytes, output)) return false;
            if (!HasEnded()) return true;

            // A block said that it was the last (BFINAL, §7.2.3.4). What came after it was left out, and an addon would not see what the receiver will.
            _hasEnded = keepsContext;
            output.Clear();
        }

        byte[] whole = [.. payload.Span, .. Tail];
        return DeflateBlocks.TryDecode(whole, _window is null ? default : _window.WrittenSpan, limitBytes, output);
    }

    /// <summary>Whether the decoder takes nothing more.</summary>
    private bool HasEnded()
    {
        Span<byte> nothing = stackalloc byte[1];
        _input.Feed(Probe, default);
        _ = _inflater!.Read(nothing);
        return !_input.WasRead;
    }

    /// <summary>Keeps what later messages may refer to: the last 32 KiB.</summary>
    private void Remember(ReadOnlySpan<byte> message)
    {
        if (_window is null) return;
        if (message.Length < WindowBytes && _window.WrittenCount + message.Length > 2 * WindowBytes)
        {
            var kept = _window.WrittenSpan[^WindowBytes..].ToArray();
            _window.ResetWrittenCount();
            _window.Write(kept);
        }
        else if (message.Length >= WindowBytes)
        {
            _window.ResetWrittenCount();
            message = message[^WindowBytes..];
        }

        _window.Write(message);
    }

    private bool TryInflate(ReadOnlyMemory<byte> payload, long limitBytes, ArrayBufferWriter<byte> output)
    {
        _input.Feed(payload, Tail);
        _inflater ??= new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);
        while (true)
        {
            var count = _inflater.Read(output.GetSpan(PieceBytes));
            if (count == 0) return true;
            output.Advance(count);
            if (output.WrittenCount > limitBytes) return false;
        }
    }

    private void Restart()
    {
        _inflater?.Dispose();
        _inflater = null;
        _input.Dispose();
        _input = new Input();
    }

    /// <summary>What the inflater reads: one message and what its sender left off, then nothing until the next.</summary>
    private sealed class Input : Stream
    {
        private ReadOnlyMemory<byte> _first;
        private ReadOnlyMemory<byte> _second;

        /// <summary>Whether the inflater has asked since the last message was fed.</summary>
        public bool WasRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Feed(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => (_first, _second, WasRead) = (first, second, false);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            WasRead = true;
            if (_first.IsEmpty) (_first, _second) = (_second, default);
            var count = Math.Min(buffer.Length, _first.Length);
            _first.Span[..count].CopyTo(buffer);
            _first = _first[count..];
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
