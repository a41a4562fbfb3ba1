using System.IO.Pipelines;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>
/// One stream of a connection to an origin: what arrived and was not taken yet, and why it ended. The connection's reader brings, the exchange
/// takes, anyone may end it. Thread-safe.
/// </summary>
internal sealed class Http2Stream(Http2Connection connection)
{
    private const string TooShort = "fewer bytes than its Content-Length says";

    private static readonly PipeOptions Unscheduled = new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false, minimumSegmentSize: 16 * 1024);

    private readonly Lock _lock = new();
    private readonly Queue<Http2Head> _heads = new(1);
    private TaskCompletionSource? _headArrived;
    private TaskCompletionSource? _mayWrite;
    private TaskCompletionSource? _uploadStopped;
    private Pipe? _body;
    private FlowException? _failure;
    private HeaderBlock? _trailers;
    private long _lengthLeft = -1;
    private long _receiveWindow = Http2Windows.Stream;
    private int _taken;
    private int _unread;
    private bool _remoteEnded;
    private bool _localEnded;
    private bool _mayHaveBody = true;

    public Http2Connection Connection => connection;

    /// <summary>Odd, and larger than those before; 0 until the request's head goes out.</summary>
    public int Id { get; set; }

    /// <summary>Whether the response has no body, whatever its head says (RFC 9110 §9.3.2).</summary>
    public bool IsHeadRequest { get; set; }

    /// <summary>How much the origin lets us send. Guarded by <see cref="Http2SendWindows"/>.</summary>
    public long SendWindow { get; set; }

    /// <summary>Whether the final head has arrived.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Why it cannot go on; null while it can, or when it ended well.</summary>
    public FlowException? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether the origin has all of the response sent, or given the stream up.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock) return _remoteEnded || _failure is not null;
        }
    }

    /// <summary>Whether the origin wants no more of the request (RFC 9113 §8.1).</summary>
    public bool StopsUpload { get; private set; }

    /// <summary>The trailers of the response, once it ended; null when there are none.</summary>
    public HeaderBlock? Trailers => _trailers;

    /// <summary>What arrives of the body.</summary>
    public PipeReader Body
    {
        get
        {
            lock (_lock) return (_body ??= new Pipe(Unscheduled)).Reader;
        }
    }

    /// <summary>The next head: any number with a 1xx status, then the final one.</summary>
    /// <exception cref="FlowException">There will be none.</exception>
    public async ValueTask<Http2Head> ReadHeadAsync()
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (_heads.TryDequeue(out var head)) return head;
                if (_failure is not null) throw _failure;
                _headArrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived = _headArrived.Task;
            }

            await arrived;
        }
    }

    /// <summary>Says how long the body has to be, and whether it may be there at all. For the connection's reader, with the final head.</summary>
    /// <param name="length">-1 when any length is right.</param>
    /// <param name="mayHaveBody">Whether a single byte is one too many.</param>
    public void Expect(long length, bool mayHaveBody)
    {
        lock (_lock)
        {
            _lengthLeft = length;
            _mayHaveBody = mayHaveBody;
        }
    }

    /// <summary>The connection's reader has a head.</summary>
    /// <returns>What is wrong with it, for people; null when it was taken.</returns>
    public string? OnHead(Http2Head head)
    {
        TaskCompletionSource? waiting;
        bool isOver;
        lock (_lock)
        {
            if (_failure is not null) return null;
            if (head.EndStream && _lengthLeft > 0) return TooShort;
            if (head.StatusCode >= 200) HasHead = true;
            _heads.Enqueue(head);
            if (head.EndStream) EndRemote();
            isOver = _remoteEnded && _localEnded;
            waiting = _headArrived;
            _headArrived = null;
        }

        waiting?.TrySetResult();
        if (isOver) connection.Remove(this);
        return null;
    }

    /// <summary>The connection's reader has trailers.</summary>
    /// <returns>What is wrong with them, for people; null when they were taken.</returns>
    public string? OnTrailers(HeaderBlock trailers)
    {
        bool isOver;
        lock (_lock)
        {
            if (_failure is not null) return null;
            if (_lengthLeft > 0) return TooShort;
            _trailers = trailers;
            EndRemote();
            isOver = _localEnded;
        }

        if (isOver) connection.Remove(this);
        return null;
    }

    /// <summary>The connection's reader has a piece of the body.</summary>
    /// <param name="payload">The piece.</param>
    /// <param name="credit">Its length with padding, which counts too.</param>
    /// <param name="endStream">Whether it is the last one.</param>
    /// <param name="unused">How much of the connection's credit is not needed for it, and is the caller's to give back.</param>
    /// <returns>What is wrong with it, for people; null when it was taken.</returns>
    /// <exception cref="ConnectionErrorException">It is more than the stream was let send.</exception>
    public string? OnData(ReadOnlySpan<byte> payload, int credit, bool endStream, out int unused)
    {
        bool isOver;
        unused = credit;
        lock (_lock)
        {
            _receiveWindow -= credit;
            if (_failure is not null || _remoteEnded) return null;
            if (_receiveWindow < 0) throw new ConnectionErrorException(ErrorCode.FlowControlError, "more bytes than its stream was let send");
            if (!payload.IsEmpty && !_mayHaveBody) return "a body that it must not have";
            if (_lengthLeft >= 0 && (_lengthLeft -= payload.Length) < 0) return "more bytes than its Content-Length says";
            if (endStream && _lengthLeft > 0) return TooShort;
            unused = credit - payload.Length;
            _taken += unused;
            _unread += payload.Length;
            if (!payload.IsEmpty) Write(_body ??= new Pipe(Unscheduled), payload);
            if (endStream) EndRemote();
            isOver = _remoteEnded && _localEnded;
        }

        if (isOver) connection.Remove(this);
        return null;
    }

    /// <summary>The exchange has taken bytes of the body: the origin may send as many again.</summary>
    public void Take(int count)
    {
        var update = 0;
        lock (_lock)
        {
            _taken += count;
            _unread -= count;
            if (!_remoteEnded && _failure is null && _taken >= Http2Windows.Stream / 2)
            {
                update = _taken;
                _receiveWindow += _taken;
                _taken = 0;
            }
        }

        connection.GiveCredit(count);
        if (update > 0) connection.GiveCredit(this, update);
    }

    /// <summary>The request went out to its last byte.</summary>
    public void EndLocal()
    {
        bool isOver;
        lock (_lock)
        {
            _localEnded = true;
            isOver = _remoteEnded;
        }

        if (isOver) connection.Remove(this);
    }

    /// <summary>Waits until more of the request may be sent, or none any more.</summary>
    public Task UntilMayWriteAsync(Func<Http2Stream, bool> mayWrite)
    {
        lock (_lock)
        {
            if (_failure is not null || StopsUpload || mayWrite(this)) return Task.CompletedTask;
            return (_mayWrite ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Waits until the origin takes no more of the request, also one that is not being sent because the client sends nothing.</summary>
    public Task UntilUploadStopsAsync()
    {
        lock (_lock)
        {
            if (_failure is not null || StopsUpload) return Task.CompletedTask;
            return (_uploadStopped ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Credit has come, of the stream or of the connection.</summary>
    public void WakeWriter()
    {
        TaskCompletionSource? waiting;
        TaskCompletionSource? stopped = null;
        lock (_lock)
        {
            waiting = _mayWrite;
            _mayWrite = null;
            if (_failure is not null || StopsUpload) stopped = _uploadStopped;
        }

        waiting?.TrySetResult();
        stopped?.TrySetResult();
    }

    /// <summary>The origin ended the stream after its whole response: it wants no more of the request.</summary>
    /// <returns>Whether that is so.</returns>
    public bool TryStopUpload()
    {
        lock (_lock)
        {
            if (!_remoteEnded || _failure is not null) return false;
            StopsUpload = true;
        }

        WakeWriter();
        connection.Remove(this);
        return true;
    }

    /// <summary>Ends it; everyone who waits for it is told why.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool Fail(FlowException failure)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            if (_failure is not null || (_remoteEnded && _localEnded)) return false;
            Volatile.Write(ref _failure, failure);
            if (!_remoteEnded) (_body ??= new Pipe(Unscheduled)).Writer.Complete(failure);
            waiting = _headArrived;
            _headArrived = null;
        }

        waiting?.TrySetResult();
        WakeWriter();
        connection.Remove(this);
        return true;
    }

    /// <summary>Nobody reads the body any more: what is left of it counts as taken.</summary>
    public void Release()
    {
        int left;
        lock (_lock)
        {
            left = _unread;
            _unread = 0;
            _body?.Reader.Complete();
        }

        if (left > 0) connection.GiveCredit(left);
    }

    private void EndRemote()
    {
        _remoteEnded = true;
        (_body ??= new Pipe(Unscheduled)).Writer.Complete();
    }

    private static void Write(Pipe body, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(body.Writer.GetSpan(payload.Length));
        body.Writer.Advance(payload.Length);

        // Without a threshold nothing is waited for.
        var flush = body.Writer.FlushAsync();
        if (!flush.IsCompletedSuccessfully) throw new InvalidOperationException("A pipe without a threshold waits.");
        _ = flush.Result;
    }
}
