using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>
/// How much an origin lets us send, on a connection and on each of its streams (RFC 9113 §5.2, §6.9). Thread-safe; its lock is the innermost
/// one: nothing is called under it.
/// </summary>
internal sealed class Http2SendWindows
{
    private readonly Lock _lock = new();
    private long _connection = Http2Windows.Initial;
    private int _initial = Http2Windows.Initial;

    /// <summary>Gives a stream that is being opened what each begins with.</summary>
    public void Begin(Http2Stream stream)
    {
        lock (_lock) stream.SendWindow = _initial;
    }

    /// <summary>How much of a body may be sent now; it counts as sent.</summary>
    public int Take(Http2Stream stream, int wanted)
    {
        lock (_lock)
        {
            var count = (int)Math.Max(0, Math.Min(Math.Min(_connection, stream.SendWindow), Math.Min(wanted, FieldBlockWriter.MaxFrameBytes)));
            _connection -= count;
            stream.SendWindow -= count;
            return count;
        }
    }

    /// <summary>Whether something may be sent on a stream now.</summary>
    public bool MaySend(Http2Stream stream)
    {
        lock (_lock) return _connection > 0 && stream.SendWindow > 0;
    }

    /// <summary>The origin lets us send more on the connection.</summary>
    /// <returns>Whether nothing could be sent before.</returns>
    /// <exception cref="ConnectionErrorException">The window grew beyond what may be.</exception>
    public bool Add(int count)
    {
        lock (_lock)
        {
            var wasClosed = _connection <= 0;
            _connection += count;
            if (_connection <= Http2Windows.Largest) return wasClosed;
        }

        throw TooLarge();
    }

    /// <summary>The origin lets us send more on a stream.</summary>
    /// <returns>False when its window grew beyond what may be.</returns>
    public bool TryAdd(Http2Stream stream, int count)
    {
        lock (_lock)
        {
            stream.SendWindow += count;
            return stream.SendWindow <= Http2Windows.Largest;
        }
    }

    /// <summary>The origin says what each stream begins with; those that are open follow (RFC 9113 §6.9.2).</summary>
    /// <param name="value">What it says.</param>
    /// <param name="open">The streams that are open; none is opened meanwhile.</param>
    /// <exception cref="ConnectionErrorException">A window grew beyond what may be.</exception>
    public void Resize(uint value, Dictionary<int, Http2Stream>.ValueCollection open)
    {
        if (value > Http2Windows.Largest) throw TooLarge();
        lock (_lock)
        {
            var change = (int)value - _initial;
            _initial = (int)value;
            foreach (var stream in open)
            {
                stream.SendWindow += change;
                if (stream.SendWindow > Http2Windows.Largest) throw TooLarge();
            }
        }
    }

    private static ConnectionErrorException TooLarge() => new(ErrorCode.FlowControlError, "a window that is too large");
}
