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
        BufferedConnection upstream;
        try
        {
            connection.Disarm();
            var socket = await dialer.ConnectSocketAsync(host, port);
            upstream = new BufferedConnection(socket, new NetworkStream(socket, ownsSocket: true));
        }
        catch (FlowException exception)
        {
            Record(connection, host, port, started, null, exception.Error);
            if (greeting.IsEmpty) connection.Wire.Abort();
            else await RefuseAsync(connection, exception.Error);
            return;
        }

        using (upstream)
        {
            var relay = new TunnelRelay(connection.Wire, upstream, connection, options.TunnelIdleTimeout);
            connection.Tunnel = upstream;
            if (await TryGreetAsync(connection, greeting)) await relay.RunAsync();
            connection.Tunnel = null;
            Record(connection, host, port, started, relay, null);
        }
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
