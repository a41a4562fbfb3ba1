using System.Net.Sockets;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Opens tunnels: dials, answers, relays, and records how much passed. Thread-safe.</summary>
internal sealed class Tunnel(UpstreamDialer dialer, FlowRecorder recorder, TimeProvider time, ProxyOptions options)
{
    private long _last;

    /// <param name="connection">The client's; what it sent already is relayed first.</param>
    /// <param name="host">Where to.</param>
    /// <param name="port">Where to.</param>
    /// <param name="greeting">Sent to the client once the upstream is reached; empty when the client was answered already.</param>
    public async Task OpenAsync(ProxyConnection connection, string host, int port, ReadOnlyMemory<byte> greeting)
    {
        var started = time.GetUtcNow();
        using var upstream = await DialAsync(connection, host, port, started, isAnswered: greeting.IsEmpty);
        if (upstream is not null && await TryGreetAsync(connection, greeting)) await RelayAsync(connection, upstream, host, port, started);
    }

    /// <summary>Opens a tunnel for a client that was answered and has been silent since, and waits for who speaks first.</summary>
    /// <returns>False when it was the client after all: its bytes are buffered, and the upstream saw none. True when the tunnel is over.</returns>
    public async Task<bool> OpenUnlessClientSpeaksAsync(ProxyConnection connection, string host, int port)
    {
        var started = time.GetUtcNow();
        using var upstream = await DialAsync(connection, host, port, started, isAnswered: true);
        if (upstream is null) return true;

        connection.Tunnel = upstream;
        connection.Arm(DeadlineKind.Tunnel, options.TunnelIdleTimeout);
        var clientHasMore = await WaitForEitherAsync(connection.Wire, upstream);
        connection.Tunnel = null;
        if (!upstream.HasBuffered && connection.Wire.HasBuffered) return false;

        if (clientHasMore || upstream.HasBuffered) await RelayAsync(connection, upstream, host, port, started);
        return true;
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
    private async Task<BufferedConnection?> DialAsync(ProxyConnection connection, string host, int port, DateTimeOffset started, bool isAnswered)
    {
        try
        {
            connection.Disarm();
            var socket = await dialer.ConnectSocketAsync(host, port);
            return new BufferedConnection(socket, new NetworkStream(socket, ownsSocket: true));
        }
        catch (FlowException exception)
        {
            Record(connection, host, port, started, null, exception.Error);
            if (isAnswered) connection.Wire.Abort();
            else await RefuseAsync(connection, exception.Error);
            return null;
        }
    }

    private async Task RelayAsync(ProxyConnection connection, BufferedConnection upstream, string host, int port, DateTimeOffset started)
    {
        var relay = new TunnelRelay(connection.Wire, upstream, connection, options.TunnelIdleTimeout);
        connection.Tunnel = upstream;
        await relay.RunAsync();
        connection.Tunnel = null;
        Record(connection, host, port, started, relay, null);
    }

    private async Task RefuseAsync(ProxyConnection connection, FlowError error)
    {
        using var buffer = new WireBuffer();
        await new Http1ClientExchange(connection, options).AnswerAsync(FlowResponse.Of(error), System.Net.HttpVersion.Version11, isHead: false, buffer);
    }

    private static async ValueTask<bool> TryGreetAsync(ProxyConnection connection, ReadOnlyMemory<byte> greeting)
    {
        try
        {
            if (!greeting.IsEmpty) await connection.Wire.WriteAsync(greeting);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client left while the upstream was dialled.
            return false;
        }
    }

    private void Record(ProxyConnection connection, string host, int port, DateTimeOffset started, TunnelRelay? relay, FlowError? error)
    {
        if (!recorder.IsActive) return;
        recorder.Record(new FlowRecord
        {
            Id = $"t{Interlocked.Increment(ref _last):x}",
            Started = started,
            Duration = time.GetUtcNow() - started,
            Client = connection.Client.RemoteEndPoint.ToString(),
            Method = "CONNECT",
            Url = Authority.Format(host, port, 0),
            Protocol = "HTTP/1.1",
            StatusCode = error?.StatusCode ?? 200,
            RequestBytes = relay?.BytesToUpstream ?? 0,
            ResponseBytes = relay?.BytesToClient ?? 0,
            Error = error,
            Tags = ["tunnel"],
        });
    }
}
