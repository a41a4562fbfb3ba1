using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>
/// How much an origin may send on a connection, all streams together (RFC 9113 §5.2): what nobody has read is not let send again. Thread-safe; its
/// lock is the innermost one.
/// </summary>
internal sealed class Http2ReceiveWindow
{
    // What is free is told in pieces of this size: a frame for each read would cost more than it brings.
    private const int UpdateBytes = Http2Windows.Connection / 4;

    private readonly Lock _lock = new();
    private long _window = Http2Windows.Connection;
    private int _free;

    /// <summary>Whether slow readers hold most of what may be received.</summary>
    public bool IsMostlyHeld
    {
        get
        {
            lock (_lock) return Http2Windows.Connection - _window - _free > Http2Windows.Connection / 2;
        }
    }

    /// <summary>Takes what arrived off the window.</summary>
    /// <exception cref="ConnectionErrorException">It is more than there was.</exception>
    public void Take(int count)
    {
        lock (_lock)
        {
            _window -= count;
            if (_window >= 0) return;
        }

        throw new ConnectionErrorException(ErrorCode.FlowControlError, "more bytes than its connection was let send");
    }

    /// <summary>Bytes were read.</summary>
    /// <returns>How much the origin is to be told that it may send; 0 while it is not worth a frame.</returns>
    public int Free(int count)
    {
        lock (_lock)
        {
            _free += count;
            if (_free < UpdateBytes) return 0;
            var update = _free;
            _free = 0;
            _window += update;
            return update;
        }
    }
}
