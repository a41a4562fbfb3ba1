using System.Buffers.Binary;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>
/// What an HTTP/2 connection still has to send. Frames of all streams are appended by whoever has one; one of them sends what has gathered,
/// in one write. Thread-safe.
/// </summary>
/// <param name="wire">Where to.</param>
/// <param name="fail">Called once when sending fails, or when the other side makes us answer and does not read the answers.</param>
internal sealed class Http2Outbox(BufferedConnection wire, Action<Exception> fail) : IDisposable
{
    /// <summary>Bodies wait while more than this is unsent.</summary>
    private const int EnoughBytes = 128 * 1024;

    private const int TooManyBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private WireBuffer _gathering = new();
    private WireBuffer _sending = new();
    private TaskCompletionSource _sent = new();
    private TaskCompletionSource? _drained;
    private bool _isSending;
    private bool _isEnding;
    private bool _isClosed;

    /// <summary>Whether bodies have to wait for <see cref="WaitAsync"/>.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock) return _gathering.Length > EnoughBytes && !_isClosed;
        }
    }

    /// <summary>Appends frames; to be followed by <see cref="Send"/>, outside of every lock.</summary>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes whole frames; runs under the lock, so that what has to come in order does.</param>
    public void Append<TState>(TState state, Action<WireBuffer, TState> write)
    {
        lock (_lock)
        {
            if (!_isClosed) write(_gathering, state);
        }
    }

    public void AppendData(int streamId, ReadOnlySpan<byte> payload, bool endStream)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            new FrameHeader(payload.Length, FrameType.Data, endStream ? FrameHeader.EndStream : (byte)0, streamId).Write(_gathering);
            _gathering.Write(payload);
        }
    }

    /// <summary>Appends a frame of one 32-bit number: RST_STREAM or WINDOW_UPDATE.</summary>
    public void AppendNumber(FrameType type, int streamId, int number)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        AppendFrame(type, 0, streamId, payload);
    }

    public void AppendFrame(FrameType type, byte flags, int streamId, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            new FrameHeader(payload.Length, type, flags, streamId).Write(_gathering);
            _gathering.Write(payload);
        }
    }

    /// <summary>Says that the connection ends, and why; the origin opened no streams (RFC 9113 §6.8).</summary>
    public void AppendGoAway(ErrorCode code)
    {
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload[4..], (int)code);
        AppendFrame(FrameType.GoAway, 0, 0, payload);
    }

    /// <summary>Sends what was appended, unless somebody is at it, who then sends this too. Returns before it is sent.</summary>
    public void Send()
    {
        bool isFlood;
        lock (_lock)
        {
            if (_isClosed || _gathering.Length == 0 || (_isSending && _gathering.Length <= TooManyBytes)) return;
            isFlood = _isSending;
            if (!_isSending)
            {
                _isSending = true;
                _sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (isFlood) fail(new IOException("The origin does not read what it asks for."));
        else _ = SendAllAsync();
    }

    /// <summary>Sends what was appended, and then ends the connection properly: nothing more can be appended.</summary>
    public void SendAndEnd()
    {
        Send();
        lock (_lock)
        {
            if (_isEnding) return;
            _isEnding = true;
        }

        _ = EndAfterSendingAsync();
    }

    /// <summary>Waits until nothing is being sent any more, but not for long.</summary>
    public Task EndAsync() => Task.WhenAny(_sent.Task, Task.Delay(EndTimeout));

    /// <summary>Waits until there is room for more of a body.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_isClosed || _gathering.Length <= EnoughBytes) return Task.CompletedTask;
            return (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Nothing more is sent.</summary>
    public void Close()
    {
        TaskCompletionSource? drained;
        lock (_lock)
        {
            _isClosed = true;
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
    }

    public void Dispose()
    {
        Close();
        lock (_lock)
        {
            // What is still being sent gives its memory back when it ends.
            if (_isSending) return;
            _gathering.Dispose();
            _sending.Dispose();
        }
    }

    private async Task EndAfterSendingAsync()
    {
        await EndAsync();
        Close();
        if (_sent.Task.IsCompletedSuccessfully) await wire.StopSendingAsync();
        wire.Socket.Dispose();
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (TakeGathered()) await wire.WriteAsync(_sending.Written);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            fail(exception);
            TakeGathered();
        }
    }

    private bool TakeGathered()
    {
        TaskCompletionSource? drained;
        lock (_lock)
        {
            _sending.Clear();
            if (_isClosed || _gathering.Length == 0)
            {
                // An idle connection holds no memory.
                _sending.Release();
                _gathering.Release();
                _isSending = false;
                _sent.TrySetResult();
                return false;
            }

            (_gathering, _sending) = (_sending, _gathering);
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
        return true;
    }
}
