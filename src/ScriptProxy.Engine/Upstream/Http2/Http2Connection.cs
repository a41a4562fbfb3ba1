using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>
/// A connection to an origin that speaks HTTP/2 (RFC 9113): its streams and its end. Requests of many clients share it;
/// <see cref="Http2FrameReader"/> tells it what arrives. Thread-safe. Nothing but its windows is called under its lock.
/// </summary>
internal sealed class Http2Connection : IDisposable
{
    // What servers are supposed to allow (RFC 9113 §6.5.2), until they have said what they do.
    private const int StreamsBeforeSettings = 100;
    private const int LastStreamId = int.MaxValue - 2;

    private readonly DialledConnection _dialled;
    private readonly Action<Http2Connection> _onRetired;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly bool _isForOne;
    private readonly Http2ReceiveWindow _receiveWindow = new();
    private int _maxStreams = StreamsBeforeSettings;
    private int _reserved;
    private int _nextId = 1;
    private long _idleSince = Environment.TickCount64;
    private bool _mustResizeTable;
    private bool _isRetired;
    private bool _isClosed;

    /// <param name="dialled">The connection, nothing sent on it yet; owned from here on.</param>
    /// <param name="options">Limits.</param>
    /// <param name="onRetired">Called once, or more often, when it takes no more streams.</param>
    public Http2Connection(DialledConnection dialled, ProxyOptions options, Action<Http2Connection> onRetired)
    {
        _dialled = dialled;
        _onRetired = onRetired;
        _isForOne = dialled.IsDiverted || options.MaxIdlePerOrigin == 0;
        Outbox = new Http2Outbox(dialled.Wire, Fail);
        Outbox.Append(options.MaxResponseHeadBytes, Http2Preface.Write);
        Outbox.Send();
        _ = new Http2FrameReader(this, dialled.Wire, options).RunAsync();
    }

    public ServerConnection Server => _dialled.Server;

    public string Authority => _dialled.Destination!.Authority;

    public Http2Outbox Outbox { get; }

    /// <summary>How much of the bodies of requests may be sent.</summary>
    public Http2SendWindows SendWindows { get; } = new();

    /// <summary>Whether an exchange was completed on it: only then can a failure mean that it had gone stale.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Whether any stream is open.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_lock) return _streams.Count + _reserved > 0;
        }
    }

    /// <summary>Claims a stream, to be opened; null where none is free.</summary>
    public Http2Stream? TryReserve()
    {
        lock (_lock)
        {
            if (_isRetired || _isClosed || _streams.Count + _reserved >= _maxStreams) return null;

            // Where slow readers hold most of what may be received, a newcomer is better off on another connection.
            if (_streams.Count > 0 && _receiveWindow.IsMostlyHeld) return null;
            _reserved++;
            _isRetired = _isForOne;
            return new Http2Stream(this);
        }
    }

    /// <summary>Sends the head of a request on a claimed stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="request">The request, its head ready to be sent.</param>
    /// <param name="endStream">Whether there is no body.</param>
    /// <exception cref="FlowException">The connection has ended meanwhile; nothing was sent.</exception>
    public void Open(Http2Stream stream, FlowRequest request, bool endStream)
    {
        stream.IsHeadRequest = request.IsHead;
        Outbox.Append((Connection: this, stream, request, endStream), static (output, state) => state.Connection.WriteHead(output, state.stream, state.request, state.endStream));
        if (stream.Id != 0)
        {
            if (endStream) stream.EndLocal();
            return;
        }

        Forgo();
        throw new FlowException(FlowErrors.Closed(Authority)) { BeforeResponse = true, WasNotProcessed = true };
    }

    /// <summary>Bytes of the connection's receive window are free again.</summary>
    public void GiveCredit(int count)
    {
        if (_receiveWindow.Free(count) is not (> 0 and var update)) return;
        Outbox.AppendNumber(FrameType.WindowUpdate, 0, update);
        Outbox.Send();
    }

    /// <summary>Bytes of a stream's receive window are free again.</summary>
    public void GiveCredit(Http2Stream stream, int count)
    {
        Outbox.AppendNumber(FrameType.WindowUpdate, stream.Id, count);
        Outbox.Send();
    }

    /// <summary>Takes what arrived off the connection's receive window.</summary>
    /// <exception cref="ConnectionErrorException">It is more than there was.</exception>
    public void Receive(int count) => _receiveWindow.Take(count);

    /// <summary>An open stream; null when it has ended.</summary>
    /// <exception cref="ConnectionErrorException">It was never opened.</exception>
    public Http2Stream? Find(int id)
    {
        lock (_lock)
        {
            if (_streams.TryGetValue(id, out var stream)) return stream;
            if ((id & 1) != 0 && id < _nextId) return null;
        }

        throw new ConnectionErrorException(ErrorCode.ProtocolError, "a frame for a stream that was not opened");
    }

    /// <summary>Ends a stream from our side.</summary>
    public void Reset(Http2Stream stream, ErrorCode code, FlowException failure)
    {
        if (!stream.Fail(failure) || stream.Id == 0) return;
        Outbox.AppendNumber(FrameType.Reset, stream.Id, (int)code);
        Outbox.Send();
    }

    /// <summary>Forgets a stream that ended.</summary>
    public void Remove(Http2Stream stream)
    {
        lock (_lock)
        {
            if (!_streams.Remove(stream.Id)) return;
            IsReused |= stream.HasHead;
            _idleSince = Environment.TickCount64;
        }

        EndIfDone();
    }

    /// <summary>A claimed stream is not needed, or could not be opened.</summary>
    public void Forgo()
    {
        lock (_lock) _reserved--;
        EndIfDone();
    }

    /// <summary>No further streams; it ends with the last one.</summary>
    public void Retire()
    {
        lock (_lock) _isRetired = true;
        _onRetired(this);
        EndIfDone();
    }

    /// <summary>Ends it when it has been idle for long.</summary>
    public void EndIfIdle(long now, TimeSpan timeout)
    {
        lock (_lock)
        {
            if (_streams.Count + _reserved > 0 || now - _idleSince < timeout.TotalMilliseconds) return;
            _isRetired = true;
        }

        _onRetired(this);
        EndIfDone();
    }

    /// <summary>The origin says what it can take (RFC 9113 §6.5).</summary>
    public void Apply(int setting, uint value)
    {
        const int headerTableSize = 1, enablePush = 2, maxConcurrentStreams = 3, initialWindowSize = 4, maxFrameSize = 5;
        lock (_lock)
        {
            if (setting == headerTableSize) _mustResizeTable = true;
            else if (setting == enablePush && value != 0) throw new ConnectionErrorException(ErrorCode.ProtocolError, "a setting that only clients have");
            else if (setting == maxConcurrentStreams) _maxStreams = (int)Math.Min(value, int.MaxValue);
            else if (setting == initialWindowSize) SendWindows.Resize(value, _streams.Values);
            else if (setting == maxFrameSize && value is < FieldBlockWriter.MaxFrameBytes or > 0xFF_FFFF) throw new ConnectionErrorException(ErrorCode.ProtocolError, "a frame size that must not be");
        }
    }

    /// <summary>Wakes every body that waits for credit.</summary>
    public void WakeWriters()
    {
        foreach (var stream in Snapshot()) stream.WakeWriter();
    }

    /// <summary>The origin lets us send more, all streams together.</summary>
    /// <exception cref="ConnectionErrorException">The window grew beyond what may be.</exception>
    public void AddSendWindow(int count)
    {
        if (SendWindows.Add(count)) WakeWriters();
    }

    /// <summary>The origin takes no further streams, and has not looked at those after <paramref name="lastStreamId"/> (RFC 9113 §6.8).</summary>
    public void GoAway(int lastStreamId)
    {
        foreach (var stream in Snapshot())
        {
            if (stream.Id > lastStreamId) stream.Fail(new FlowException(FlowErrors.Closed(Authority)) { BeforeResponse = true, WasNotProcessed = true });
        }

        Retire();
    }

    /// <summary>It broke, or is cut: every stream fails. From any thread, in no lock.</summary>
    public void Fail(Exception? cause) => Close(cause, null, problem: null);

    /// <summary>The same, telling the other side why, and the streams too.</summary>
    /// <param name="cause">For logs; null for none.</param>
    /// <param name="code">What the other side is told; null to tell it nothing, and cut.</param>
    /// <param name="problem">What is wrong with its responses; null when it is only gone.</param>
    public void Close(Exception? cause, ErrorCode? code, string? problem)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = _isRetired = true;
        }

        _onRetired(this);
        if (code is { } reason)
        {
            Outbox.AppendGoAway(reason);
            Outbox.SendAndEnd();
        }
        else
        {
            Outbox.Close();
            _dialled.Wire.Abort();
        }

        foreach (var stream in Snapshot()) stream.Fail(Failure(stream, cause, problem));
    }

    /// <summary>Nothing reads from it any more: what it holds is given back.</summary>
    public void Dispose()
    {
        Fail(null);
        Outbox.Dispose();
        _dialled.Dispose();
    }

    private FlowException Failure(Http2Stream stream, Exception? cause, string? problem)
    {
        if (problem is not null) return new FlowException(FlowErrors.BadResponse(Authority, problem), cause);
        return stream.HasHead
            ? new FlowException(FlowErrors.Incomplete(Authority), cause)
            : new FlowException(FlowErrors.Closed(Authority), cause) { BeforeResponse = true };
    }

    private Http2Stream[] Snapshot()
    {
        lock (_lock) return [.. _streams.Values];
    }

    private void EndIfDone()
    {
        lock (_lock)
        {
            if (!_isRetired || _isClosed || _streams.Count + _reserved > 0) return;
        }

        _onRetired(this);
        Close(null, ErrorCode.NoError, null);
    }

    /// <summary>Called under the lock of the outbox: numbers go out in order.</summary>
    private void WriteHead(WireBuffer output, Http2Stream stream, FlowRequest request, bool endStream)
    {
        bool resize;
        lock (_lock)
        {
            if (_isClosed || (_isRetired && !_isForOne)) return;
            _reserved--;
            stream.Id = _nextId;
            SendWindows.Begin(stream);
            _streams.Add(_nextId, stream);
            _nextId += 2;
            _isRetired |= _nextId >= LastStreamId;
            resize = _mustResizeTable;
            _mustResizeTable = false;
        }

        Http2RequestWriter.Write(output, stream.Id, request, endStream, resize);
    }
}
