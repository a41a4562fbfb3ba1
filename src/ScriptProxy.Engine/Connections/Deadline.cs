namespace ScriptProxy.Engine.Connections;

/// <summary>
/// One running deadline, looked at by the <see cref="Heartbeat"/> once a second: arming it is a store, not a timer. Armed and disarmed by
/// the code it watches; expires on the heartbeat's thread.
/// </summary>
internal abstract class Deadline
{
    private long _armedAt;
    private long _expiresAt;
    private long _timeoutMilliseconds;
    private DeadlineKind _kind;

    /// <summary>What ran out; <see cref="DeadlineKind.None"/> while nothing has.</summary>
    public DeadlineKind Expired { get; private set; }

    /// <summary>What is being waited for at the moment.</summary>
    public DeadlineKind Kind => _kind;

    public void Arm(DeadlineKind kind, TimeSpan timeout)
    {
        _kind = kind;
        var now = Environment.TickCount64;
        Volatile.Write(ref _armedAt, now);
        _timeoutMilliseconds = (long)timeout.TotalMilliseconds;
        Volatile.Write(ref _expiresAt, now + _timeoutMilliseconds);
    }

    /// <summary>Begins to wait for something whose time is kept elsewhere.</summary>
    public void Watch(DeadlineKind kind)
    {
        _kind = kind;
        Volatile.Write(ref _armedAt, Environment.TickCount64);
        Volatile.Write(ref _expiresAt, 0);
    }

    /// <summary>Grants the whole time again, because something of what is waited for happened; nothing where something else is waited for.</summary>
    public void Extend(DeadlineKind kind)
    {
        if (_kind == kind) Arm(kind, TimeSpan.FromMilliseconds(_timeoutMilliseconds));
    }

    public void Disarm()
    {
        _kind = DeadlineKind.None;
        Volatile.Write(ref _expiresAt, 0);
    }

    /// <summary>How long nothing has happened that was being waited for.</summary>
    public TimeSpan SinceArmed(long now) => TimeSpan.FromMilliseconds(now - Volatile.Read(ref _armedAt));

    /// <summary>Called once a second.</summary>
    public void Beat(long now)
    {
        var expiresAt = Volatile.Read(ref _expiresAt);
        if (expiresAt != 0 && now >= expiresAt)
        {
            var kind = _kind;
            Volatile.Write(ref _expiresAt, 0);
            Expired = kind;
            OnExpired(kind);
        }

        OnBeat(now);
    }

    /// <summary>Ends what is being waited for, so that the waiter wakes and finds <see cref="Expired"/>.</summary>
    protected abstract void OnExpired(DeadlineKind kind);

    /// <summary>Once a second: time for what is not urgent.</summary>
    protected virtual void OnBeat(long now)
    {
    }
}

/// <summary>What a deadline waits for.</summary>
internal enum DeadlineKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The next request on an idle client connection.</summary>
    Idle,

    /// <summary>The rest of a request head.</summary>
    RequestHead,

    /// <summary>A TLS handshake with the client.</summary>
    Handshake,

    /// <summary>A connection to an upstream, each of whose steps has a time of its own.</summary>
    Dial,

    /// <summary>An upstream's response head.</summary>
    Response,

    /// <summary>The next byte of a body, either direction.</summary>
    Body,

    /// <summary>The next byte in a tunnel.</summary>
    Tunnel,

    /// <summary>The client's last bytes after an answer that closes the connection.</summary>
    Linger,
}
