using System.Collections.Concurrent;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>
/// Idle upstream connections that no client connection keeps, a bounded number per destination and route, the most recently used first. Where many
/// requests run at once, as those of HTTP/2 clients do, several times that number stays for a few seconds: opening a connection costs more than
/// thirty requests on it. Thread-safe.
/// </summary>
internal sealed class UpstreamPool(int maxIdlePerDestination, TimeSpan idleTimeout) : IDisposable
{
    private const int BurstFactor = 8;
    private static readonly TimeSpan BurstTimeout = TimeSpan.FromSeconds(5);

    private readonly int _most = (int)Math.Min((long)maxIdlePerDestination * BurstFactor, int.MaxValue);
    private readonly long _idleMilliseconds = (long)idleTimeout.TotalMilliseconds;
    private readonly long _burstMilliseconds = (long)TimeSpan.FromTicks(Math.Min(idleTimeout.Ticks, BurstTimeout.Ticks)).TotalMilliseconds;
    private readonly ConcurrentDictionary<RoutedDestination, IdleList> _idle = new();
    private bool _disposed;

    public bool TryTake(in RoutedDestination key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out UpstreamConnection? connection)
    {
        connection = null;
        if (!_idle.TryGetValue(key, out var list)) return false;
        while (true)
        {
            lock (list)
            {
                if (list.Connections.Count == 0) return false;
                connection = list.Connections[^1];
                list.Connections.RemoveAt(list.Connections.Count - 1);
            }

            if (connection.Wire.IsUsable()) return true;
            connection.Dispose();
        }
    }

    /// <summary>Takes a connection over; closes it when there are enough, or when it is not for everyone.</summary>
    public void Return(UpstreamConnection connection)
    {
        if (connection.IsDiverted)
        {
            connection.Dispose();
            return;
        }

        while (!_idle.GetOrAdd(new RoutedDestination(connection.Destination, connection.Route), static _ => new()).TryAdd(connection, _disposed ? 0 : _most, out var retry))
        {
            if (retry) continue;
            connection.Dispose();
            return;
        }
    }

    /// <summary>Closes what has been idle for too long, or was closed by the other side; all when descriptors ran short. Called once a second.</summary>
    public void Sweep(long now)
    {
        if (Descriptors.RanShort()) now = long.MaxValue;
        foreach (var (key, list) in _idle)
        {
            List<UpstreamConnection>? stale = null;
            lock (list)
            {
                var kept = 0;
                for (var i = list.Connections.Count - 1; i >= 0; i--)
                {
                    var connection = list.Connections[i];
                    var allowed = kept < maxIdlePerDestination ? _idleMilliseconds : _burstMilliseconds;
                    if (now - connection.IdleSince < allowed && connection.Wire.IsUsable())
                    {
                        kept++;
                        continue;
                    }

                    list.Connections.RemoveAt(i);
                    (stale ??= []).Add(connection);
                }

                if (list.Connections.Count == 0)
                {
                    list.IsGone = true;
                    _idle.TryRemove(new KeyValuePair<RoutedDestination, IdleList>(key, list));
                }
            }

            if (stale is null) continue;
            foreach (var connection in stale) connection.Dispose();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        Sweep(long.MaxValue);
    }

    /// <summary>The idle connections of one destination. Locked on itself.</summary>
    private sealed class IdleList
    {
        public List<UpstreamConnection> Connections { get; } = [];

        /// <summary>Set when the destination was forgotten: whoever still holds the list looks again.</summary>
        public bool IsGone { get; set; }

        public bool TryAdd(UpstreamConnection connection, int most, out bool retry)
        {
            lock (this)
            {
                retry = IsGone;
                if (IsGone || Connections.Count >= most) return false;
                Connections.Add(connection);
                return true;
            }
        }
    }
}
