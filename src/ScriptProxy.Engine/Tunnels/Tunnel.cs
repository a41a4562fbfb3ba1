using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Opens tunnels: dials, answers, relays, and records how much passed. The only place that calls addons for tunnels. Thread-safe.</summary>
internal sealed class Tunnel(UpstreamDialer dialer, Generations generations, FlowRecorder recorder, SplicePipes pipes, TimeProvider time, ProxyOptions options)
{
    private long _last;

    /// <param name="connection">The client's; what it sent already is relayed first. It gets the relaying as its <see cref="ProxyConnection.Remainder"/>.</param>
    /// <param name="host">Where to.</param>
    /// <param name="port">Where to.</param>
    /// <param name="answer">How the client is told once the upstream is reached, or is not; null when it was answered already.</param>
    /// <param name="hello">The client's TLS ClientHello, where it was read already.</param>
    public async Task OpenAsync(ProxyConnection connection, string host, int port, TunnelAnswer? answer, TlsClientHello? hello)
    {
        var started = time.GetUtcNow();
        var upstream = await DialAsync(connection, host, port, started, answer, hello);
        if (upstream is null) return;
        if (answer is null || await answer.TryAcceptAsync()) connection.Remainder = () => RelayAsync(connection, upstream, host, port, started, hello);
        else upstream.Dispose();
    }

    /// <summary>Dials for a client that was answered and has been silent since, and waits for who speaks first.</summary>
    /// <returns>False when it was the client after all: its bytes are buffered, and the upstream saw none. True when the tunnel is open, as the connection's remainder, or over.</returns>
    public async Task<bool> OpenUnlessClientSpeaksAsync(ProxyConnection connection, string host, int port)
    {
        var started = time.GetUtcNow();
        if (await DialAsync(connection, host, port, started, answer: null) is not { } upstream) return true;

        connection.Tunnel = upstream.Wire;
        connection.Arm(DeadlineKind.Tunnel, options.TunnelIdleTimeout);
        var clientHasMore = await WaitForEitherAsync(connection.Wire, upstream.Wire);
        connection.Tunnel = null;
        if (upstream.Wire.HasBuffered || (clientHasMore && !connection.Wire.HasBuffered))
        {
            connection.Remainder = () => RelayAsync(connection, upstream, host, port, started, hello: null);
            return true;
        }

        upstream.Dispose();
        return !connection.Wire.HasBuffered;
    }

    /// <summary>Reads once from whichever side sends or ends first.</summary>
    /// <returns>False when the client has left.</returns>
    private static async Task<bool> WaitForEitherAsync(BufferedConnection client, BufferedConnection upstream)
    {
        using var decided = new CancellationTokenSource();
        var fromClient = ReadAsync(client, decided.Token);
        var fromUpstream = ReadAsync(upstream, decided.Token);
        await Task.WhenAny(fromClient, fromUpstream);
        await decided.CancelAsync();
        await fromUpstream;
        return await fromClient;
    }

    /// <returns>False when the connection has ended or broken.</returns>
    private static async Task<bool> ReadAsync(BufferedConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.FillAsync(cancellationToken) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <returns>Null when it could not be reached: that was recorded, and the client told or cut.</returns>
    private async Task<DialledConnection?> DialAsync(ProxyConnection connection, string host, int port, DateTimeOffset started, TunnelAnswer? answer, TlsClientHello? hello = null)
    {
        var dialling = connection.Dialling = new CancellationTokenSource();
        try
        {
            connection.Watch(DeadlineKind.Dial);
            connection.Wire.ReleaseBuffer();
            return await dialer.DialTunnelAsync(connection.Client, host, port, connection.Via, dialling.Token);
        }
        catch (Exception exception) when (exception is FlowException or AddonException && FlowErrors.From(exception) is { } error)
        {
            if (connection.ClientLeft) error = FlowErrors.ClientGone;
            if (recorder.IsActive) Record(connection, host, port, started, error, new TunnelRecord(TunnelOutcome.Failed, hello));
            if (answer is null || connection.ClientLeft) connection.Wire.Abort();
            else await answer.RefuseAsync(error);
            return null;
        }
        finally
        {
            connection.Dialling = null;
            connection.Disarm();
        }
    }

    /// <summary>Relays until the tunnel is over, and records it.</summary>
    private async Task RelayAsync(ProxyConnection connection, DialledConnection upstream, string host, int port, DateTimeOffset started, TlsClientHello? hello)
    {
        using var ended = upstream;
        using var tap = NewTap(connection, upstream, host, port, started, hello);
        var watch = NewWatch(connection, host, port, hello, tap);
        var relay = new TunnelRelay(connection.Wire, upstream.Wire, connection, options.TunnelIdleTimeout, pipes, watch, tap);
        connection.Tunnel = upstream.Wire;
        if (tap is null || await tap.TryStartAsync()) await relay.RunAsync();
        connection.Tunnel = null;
        var error = tap?.Flow.Error ?? (relay.Outcome == TunnelOutcome.Idle ? FlowErrors.TunnelIdle(Authority.Format(host, port, 0), options.TunnelIdleTimeout) : null);
        if (tap is not null) tap.Flow.Error = error;
        if (recorder.IsActive)
        {
            var outcome = tap?.Flow.Error is not null && relay.Outcome == TunnelOutcome.Ended ? TunnelOutcome.Cut : relay.Outcome;
            Record(connection, host, port, started, error, new TunnelRecord(outcome, watch?.Hello), upstream.Server, relay, tap?.Flow.Id);
        }

        if (tap is not null) await tap.EndAsync(time.GetUtcNow());
    }

    /// <returns>Null when no addon wants to see tunnels: the bytes then pass as if there were none.</returns>
    private TunnelTap? NewTap(ProxyConnection connection, DialledConnection upstream, string host, int port, DateTimeOffset started, TlsClientHello? hello)
    {
        if (!generations.Current.HasTunnelHooks) return null;
        var flow = new TunnelFlow(NewId(), connection.Client, host, port, started, connection.Abort)
        {
            Server = upstream.Server,
            ClientHello = hello,
        };
        return new TunnelTap(generations, flow);
    }

    /// <returns>Null when nobody wants to know.</returns>
    private HelloWatch? NewWatch(ProxyConnection connection, string host, int port, TlsClientHello? hello, TunnelTap? tap)
    {
        if (hello is not null) return HelloWatch.Over(hello);
        return recorder.IsActive || tap is not null ? new HelloWatch(connection.Client, host, port) : null;
    }

    private string NewId() => $"t{Interlocked.Increment(ref _last):x}";

    private void Record(
        ProxyConnection connection, string host, int port, DateTimeOffset started, FlowError? error, TunnelRecord tunnel, ServerConnection? server = null, TunnelRelay? relay = null, string? id = null)
    {
        recorder.Record(new FlowRecord
        {
            Id = id ?? NewId(),
            Started = started,
            Duration = time.GetUtcNow() - started,
            Client = connection.Client.RemoteEndPoint.ToString(),
            User = connection.Client.User,
            Method = "CONNECT",
            Url = Authority.Format(host, port, 0),
            Protocol = connection.IsStream ? "HTTP/2.0" : "HTTP/1.1",
            StatusCode = relay is null ? error?.StatusCode : 200,
            RequestBytes = relay?.BytesToUpstream ?? 0,
            ResponseBytes = relay?.BytesToClient ?? 0,
            Error = error,
            Upstream = server is { RouteReason: { } reason } ? $"{server.Upstream} ({reason})" : null,
            Tags = ["tunnel"],
            Tunnel = tunnel,
        });
    }
}
