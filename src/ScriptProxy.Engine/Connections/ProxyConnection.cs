using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// One client's connection from accept to close: its socket, its identity for addons, its deadline, and the upstream connection kept for its
/// next request. The rooms it walks through read and write <see cref="Wire"/>.
/// </summary>
internal sealed class ProxyConnection : ExchangeDeadline, IDisposable
{
    private static readonly TimeSpan LeavesAfterClosing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReleasesUpstreamAfter = TimeSpan.FromSeconds(1);

    private readonly UpstreamPool _pool;
    private readonly ProxyConnection? _carrier;
    private ConcurrentDictionary<ProxyConnection, byte>? _carried;
    private UpstreamConnection? _kept;
    private string? _owner;
    private System.Net.Security.SslStream? _outer;
    private long _idleSince;
    private volatile bool _isDraining;

    public ProxyConnection(string id, Socket socket, ProxyMode mode, UpstreamPool pool, TimeProvider time)
    {
        _pool = pool;
        Wire = new BufferedConnection(socket, new NetworkStream(socket, ownsSocket: true));

        // A client of a Unix-domain socket is one of this machine.
        var local = socket.LocalEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0);
        var remote = socket.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0);
        Client = new ClientConnection(id, remote, local, time.GetUtcNow()) { Mode = mode };
    }

    /// <summary>A tunnel that is a stream of a client's HTTP/2 connection; it ends no later than that.</summary>
    /// <param name="carrier">The connection.</param>
    /// <param name="client">What addons see of the tunnel's client.</param>
    /// <param name="end">The stream, owned from here on.</param>
    /// <param name="stream">Its bytes.</param>
    public ProxyConnection(ProxyConnection carrier, ClientConnection client, IConnectionEnd end, Stream stream)
    {
        _pool = carrier._pool;
        _carrier = carrier;
        Wire = new BufferedConnection(end, stream);
        Client = client;
        LazyInitializer.EnsureInitialized(ref carrier._carried).TryAdd(this, 0);
        if (carrier._isDraining) Drain();
    }

    /// <summary>What addons see of it.</summary>
    public ClientConnection Client { get; }

    /// <summary>Where its bytes are read and written: the socket, or TLS over it once intercepted.</summary>
    public BufferedConnection Wire { get; private set; }

    /// <summary>Whether it is a stream of an HTTP/2 connection.</summary>
    public bool IsStream => _carrier is not null;

    /// <summary>The other side of an open tunnel, so that it can be cut; null while there is none.</summary>
    public BufferedConnection? Tunnel { get; set; }

    /// <summary>Who was verified last on this connection; null while nobody was.</summary>
    public VerifiedUser? Verified { get; set; }

    /// <summary>Gives up what is dialled for a tunnel; null while nothing is. Flows have their own.</summary>
    public CancellationTokenSource? Dialling { get; set; }

    /// <summary>The Via of a CONNECT on behalf of this client's; null without --via.</summary>
    public string? Via { get; set; }

    /// <summary>What is left to do once the rooms are behind the connection: a tunnel goes on for long, and is not to hold on to what they made. Null when there is nothing.</summary>
    public Func<Task>? Remainder { private get; set; }

    /// <summary>Makes it the connection of the first user who asks.</summary>
    /// <returns>Whether it is this user's.</returns>
    public bool TryOwn(string user) => (Interlocked.CompareExchange(ref _owner, user, null) ?? user) == user;

    /// <summary>Whether the proxy is stopping: no further request is read.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Waits until the client has sent something, which stays buffered.</summary>
    /// <returns>False when it left, or took too long.</returns>
    public async ValueTask<bool> WaitForFirstByteAsync(TimeSpan timeout)
    {
        BecomeIdle(timeout);
        try
        {
            // Many may connect at once, and some say nothing for long: none holds a buffer meanwhile.
            _ = await Wire.Stream.ReadAsync(Memory<byte>.Empty);
            return await Wire.FillAsync() > 0;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A client that connects and goes away is everyday life.
            return false;
        }
        finally
        {
            BecomeBusy();
        }
    }

    /// <summary>From here on the connection is read and written through TLS; within the TLS that it has already, if it has.</summary>
    public void UseTls(System.Net.Security.SslStream tls, TlsTransport transport)
    {
        if (Wire.Stream is System.Net.Security.SslStream outer) _outer = outer;
        Wire = new BufferedConnection(Wire.End, tls, transport);
    }

    /// <summary>Writes what answers a client.</summary>
    /// <returns>False when it has left.</returns>
    public async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await Wire.WriteAsync(bytes);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client left before it was answered.
            return false;
        }
    }

    /// <summary>Does what is left to do; nothing, if there is nothing.</summary>
    public Task RunRemainderAsync()
    {
        var remainder = Remainder;
        Remainder = null;
        return remainder?.Invoke() ?? Task.CompletedTask;
    }

    /// <summary>Waiting for a next request begins.</summary>
    public void BecomeIdle(TimeSpan timeout)
    {
        Arm(DeadlineKind.Idle, timeout);
        Volatile.Write(ref _idleSince, Environment.TickCount64);
        if (_isDraining) Wire.StopReceiving();
    }

    /// <summary>A next request has begun.</summary>
    public void BecomeBusy() => Volatile.Write(ref _idleSince, 0);

    public UpstreamConnection? TakeUpstream() => Interlocked.Exchange(ref _kept, null);

    /// <summary>Keeps an upstream connection for the client's next request; after a second of idleness the pool has it.</summary>
    public void KeepUpstream(UpstreamConnection connection)
    {
        if (Interlocked.Exchange(ref _kept, connection) is { } other) _pool.Return(other);
    }

    /// <summary>Ends the connection after the exchange under way; at once when it is idle.</summary>
    public void Drain()
    {
        _isDraining = true;
        if (_carried is { IsEmpty: false } carried)
        {
            // The connection is told by its protocol, and lasts for as long as its streams.
            foreach (var (tunnel, _) in carried) tunnel.Drain();
            return;
        }

        if (Volatile.Read(ref _idleSince) != 0) Wire.StopReceiving();
    }

    public override void LeaveClient()
    {
        base.LeaveClient();
        _ = Dialling?.CancelAsync();
    }

    /// <summary>Cuts the connection and what it waits for.</summary>
    public void Abort()
    {
        _ = Dialling?.CancelAsync();
        Upstream?.Abort();
        Flow?.Cut();
        Tunnel?.Abort();
        Wire.Abort();
    }

    public void Dispose()
    {
        if (TakeUpstream() is { } kept) _pool.Return(kept);
        Wire.Dispose();
        _outer?.Dispose();
        _carrier?._carried!.TryRemove(this, out _);
    }

    protected override void OnExpired(DeadlineKind kind)
    {
        switch (kind)
        {
            case DeadlineKind.Idle or DeadlineKind.RequestHead or DeadlineKind.Linger:
                Wire.StopReceiving();
                Flow?.Cut();
                break;
            case DeadlineKind.Handshake:
                Wire.Abort();
                break;
            case DeadlineKind.Response:
                Upstream?.Abort();
                Flow?.Cut();
                break;
            default:
                Abort();
                break;
        }
    }

    protected override void OnBeat(long now)
    {
        var idleSince = Volatile.Read(ref _idleSince);
        if (idleSince != 0)
        {
            if (now - idleSince > ReleasesUpstreamAfter.TotalMilliseconds && TakeUpstream() is { } kept) _pool.Return(kept);
        }
        else if (Kind is DeadlineKind.Dial or DeadlineKind.Response or DeadlineKind.Body && !ClientLeft)
        {
            // A client that only closed its sending side still gets its answer, if it comes soon; one that is gone must not hold an upstream.
            var state = Wire.PeerState();
            if (state == PeerState.Gone || (state == PeerState.Closed && SinceArmed(now) > LeavesAfterClosing)) LeaveClient();
        }
    }
}
