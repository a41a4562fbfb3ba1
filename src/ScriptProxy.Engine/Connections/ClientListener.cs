using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Connections;

/// <summary>Accepts clients on one address, within the limits, and sees each connection through to its end. Owns the open connections.</summary>
internal sealed partial class ClientListener(
    ProxyOptions options, Generations generations, UpstreamPool pool, Heartbeat heartbeat, TimeProvider time, ILogger<ClientListener> logger) : IDisposable
{
    private readonly ConcurrentDictionary<ProxyConnection, Task> _open = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perClient = new();
    private readonly SemaphoreSlim _places = new(options.MaxConnections);
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;
    private long _lastId;
    private volatile bool _stopping;

    /// <summary>How many connections are open.</summary>
    public int Count => _open.Count;

    /// <summary>Binds; nothing is accepted yet.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public IPEndPoint Bind(IPEndPoint endPoint)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) _socket.DualMode = true;
        _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, OperatingSystem.IsLinux() || OperatingSystem.IsMacOS());
        _socket.Bind(endPoint);
        _socket.Listen(4096);
        return (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <summary>Accepts from here on.</summary>
    /// <param name="serveAsync">Takes a connection through the rooms; must not throw.</param>
    public void Start(Func<ProxyConnection, Task> serveAsync) => _accepting = AcceptAsync(serveAsync);

    /// <summary>Stops accepting, lets exchanges end for <paramref name="timeout"/>, then cuts what is left.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        _stopping = true;
        _socket?.Dispose();
        await _accepting;
        foreach (var connection in _open.Keys) connection.Drain();
        var ended = Task.WhenAll(_open.Values);
        if (await Task.WhenAny(ended, Task.Delay(timeout, time)) != ended)
        {
            Log.Cutting(logger, _open.Count);
            foreach (var connection in _open.Keys) connection.Abort();
            await ended;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _places.Dispose();
    }

    private async Task AcceptAsync(Func<ProxyConnection, Task> serveAsync)
    {
        // Off the caller's thread: accepting goes on for as long as the proxy runs.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopping)
        {
            await _places.WaitAsync();
            Socket? socket = null;
            try
            {
                socket = await _socket!.AcceptAsync();
                Begin(socket, serveAsync);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                socket?.Dispose();
                _places.Release();
                if (_stopping) return;

                // Out of descriptors, or a client that left before it was accepted. A pause keeps the former from becoming a busy loop.
                Log.AcceptFailed(logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }

    private void Begin(Socket socket, Func<ProxyConnection, Task> serveAsync)
    {
        socket.NoDelay = true;
        var connection = new ProxyConnection($"c{Interlocked.Increment(ref _lastId):x}", socket, pool, time);
        var address = connection.Client.RemoteEndPoint.Address;
        var isCounted = !IPAddress.IsLoopback(address);
        if (isCounted && _perClient.AddOrUpdate(address, 1, static (_, count) => count + 1) > options.MaxConnectionsPerClient)
        {
            Log.TooMany(logger, address, options.MaxConnectionsPerClient);
            Release(connection, isCounted);
            return;
        }

        var started = new TaskCompletionSource();
        var serving = ServeAsync(connection, isCounted, started.Task, serveAsync);
        _open[connection] = serving;
        heartbeat.Add(connection);
        started.SetResult();
    }

    private async Task ServeAsync(ProxyConnection connection, bool isCounted, Task started, Func<ProxyConnection, Task> serveAsync)
    {
        await started.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (await IsWelcomeAsync(connection)) await serveAsync(connection);
        }
        finally
        {
            heartbeat.Remove(connection);
            _open.TryRemove(connection, out _);
            Release(connection, isCounted);
            await FarewellAsync(connection);
        }
    }

    private async ValueTask<bool> IsWelcomeAsync(ProxyConnection connection)
    {
        using var lease = generations.Lease();
        if (lease.Generation.ClientConnected.IsEmpty) return true;
        try
        {
            await lease.Generation.ClientConnected.RunAsync(connection.Client);
        }
        catch (AddonException exception)
        {
            Log.Refused(logger, connection.Client.RemoteEndPoint, exception.Message);
            return false;
        }

        if (connection.Client.Refusal is { } reason) Log.Refused(logger, connection.Client.RemoteEndPoint, reason);
        return connection.Client.Refusal is null;
    }

    private async ValueTask FarewellAsync(ProxyConnection connection)
    {
        using var lease = generations.Lease();
        if (!lease.Generation.ClientDisconnected.IsEmpty) await lease.Generation.ClientDisconnected.RunAsync(connection.Client);
    }

    private void Release(ProxyConnection connection, bool isCounted)
    {
        connection.Dispose();
        _places.Release();
        if (!isCounted) return;
        var address = connection.Client.RemoteEndPoint.Address;
        if (_perClient.AddOrUpdate(address, 0, static (_, count) => count - 1) <= 0) _perClient.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A connection could not be accepted: {Reason}")]
        public static partial void AcceptFailed(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Warning, "{Client} has more than {Limit} connections (--max-connections-per-client); a further one was closed.")]
        public static partial void TooMany(ILogger logger, IPAddress client, int limit);

        [LoggerMessage(3, LogLevel.Information, "The connection of {Client} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, IPEndPoint client, string reason);

        [LoggerMessage(4, LogLevel.Warning, "{Count} connections did not end in time and are cut.")]
        public static partial void Cutting(ILogger logger, int count);
    }
}
