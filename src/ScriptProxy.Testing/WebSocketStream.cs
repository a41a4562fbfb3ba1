namespace ScriptProxy.Testing;

/// <summary>
/// What one side of a <see cref="TestWebSocket"/> sends and receives, as the bytes of a connection in memory. It knows when the reader has taken all
/// there is and comes back for more: then everything that was sent has gone through the hooks. Thread-safe.
/// </summary>
/// <param name="receive">Takes what is written towards the side: whole frames.</param>
internal sealed class WebSocketStream(Action<ReadOnlyMemory<byte>> receive) : Stream
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> _unread;
    private TaskCompletionSource? _arrival;
    private TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the reader waits for more, or the end has come.</summary>
    public Task Taken
    {
        get
        {
            lock (_lock) return Task.WhenAny(_taken.Task, _ended.Task);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Sends bytes; does nothing after the end.</summary>
    public void Feed(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_ended.Task.IsCompleted) return;
            _unread = _unread.IsEmpty ? bytes : (byte[])[.. _unread.Span, .. bytes.Span];
            if (_taken.Task.IsCompleted) _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _arrival?.TrySetResult();
            _arrival = null;
        }
    }

    /// <summary>Ends it in both directions. Does nothing the second time.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended.TrySetResult();
            _arrival?.TrySetResult();
            _arrival = null;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task arrival;
            lock (_lock)
            {
                if (!_unread.IsEmpty) return Take(buffer.Span);
                if (_ended.Task.IsCompleted) return 0;
                _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task;
                _taken.TrySetResult();
            }

            await arrival.WaitAsync(cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended.Task.IsCompleted) throw new IOException("This side of the WebSocket is gone.");
        receive(buffer);
        return default;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _unread.Length);
        _unread.Span[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }
}
