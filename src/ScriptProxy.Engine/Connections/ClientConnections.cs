using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// The open connections of all listeners: keeps them within the limits, and sees each through to its end. Thread-safe.
/// </summary>
internal sealed partial class ClientConnections(
    ProxyOptions options, Generations generations, UpstreamPool pool, Heartbeat heartbeat, TimeProvider time, ILogger<ClientConnections> logger) : IDisposable
{
    /// <summary>In milliseconds, how often it is said at most that there are too many.</summary>
    private const long BetweenWarnings = 10_000;

    private readonly ConcurrentDictionary<ProxyConnection, Task> _open = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perClient = new();
    private readonly SemaphoreSlim _places = new(PlacesFor(options.MaxConnections, logger));
    private long _lastId;
    private long _warned = -BetweenWarnings;

    /// <summary>How many connections are open.</summary>
    public int Count => _open.Count;

    /// <summary>How many were accepted so far.</summary>
    public long AcceptedCount => Volatile.Read(ref _lastId);

    /// <summary>Waits for a place among the connections, then serves a client in the background, to its end.</summary>
    /// <param name="socket">Owned from here on, unless this throws.</param>
    /// <param name="mode">How it got here.</param>
    /// <param name="serveAsync">Takes the connection through the rooms; must not throw.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">Nobody is to be served any more.</exception>
    public async ValueTask BeginAsync(Socket socket, ProxyMode mode, Func<ProxyConnection, Task> serveAsync, CancellationToken cancellationToken)
    {
        if (!_places.Wait(0, CancellationToken.None))
        {
            WarnOfWaiting();
            await _places.WaitAsync(cancellationToken);
        }

        try
        {
            Begin(socket, mode, serveAsync);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Lets exchanges end for <paramref name="timeout"/>, then cuts what is left. After the listeners have stopped.</summary>
    public async Task DrainAsync(TimeSpan timeout)
    {
        foreach (var connection in _open.Keys) connection.Drain();
        var ended = Task.WhenAll(_open.Values);
        if (await Task.WhenAny(ended, Task.Delay(timeout, time)) != ended)
        {
            Log.Cutting(logger, _open.Count);
            foreach (var connection in _open.Keys) connection.Abort();
            await ended;
        }
    }

    public void Dispose() => _places.Dispose();

    private static int PlacesFor(int wanted, ILogger logger)
    {
        var most = Descriptors.MostConnections(wanted);

        // A few less than the default are no news.
        if (most < wanted / 4 * 3) Log.FewDescriptors(logger, most, wanted);
        return most;
    }

    private void WarnOfWaiting()
    {
        var now = Environment.TickCount64;
        if (now - Volatile.Read(ref _warned) < BetweenWarnings) return;
        Volatile.Write(ref _warned, now);
        Log.Full(logger, Count);
    }

    private void Begin(Socket socket, ProxyMode mode, Func<ProxyConnection, Task> serveAsync)
    {
        if (socket.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
        var connection = new ProxyConnection($"c{Interlocked.Increment(ref _lastId):x}", socket, mode, pool, time);
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
            if (!await IsWelcomeAsync(connection)) return;
            await serveAsync(connection);
            await connection.RunRemainderAsync();
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
        [LoggerMessage(2, LogLevel.Warning, "{Client} has more than {Limit} connections (--max-connections-per-client); a further one was closed.")]
        public static partial void TooMany(ILogger logger, IPAddress client, int limit);

        [LoggerMessage(3, LogLevel.Information, "The connection of {Client} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, IPEndPoint client, string reason);

        [LoggerMessage(5, LogLevel.Warning, "The limit of open files allows {Most} client connections at once, not {Wanted} (--max-connections); raise it with ulimit -n, or LimitNOFILE= of systemd.")]
        public static partial void FewDescriptors(ILogger logger, int most, int wanted);

        [LoggerMessage(6, LogLevel.Warning, "All {Count} client connections are in use; further clients wait (--max-connections, or the limit of open files).")]
        public static partial void Full(ILogger logger, int count);

        [LoggerMessage(4, LogLevel.Warning, "{Count} connections did not end in time and are cut.")]
        public static partial void Cutting(ILogger logger, int count);
    }
}
