using System.Collections.Concurrent;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream;

/// <summary>Idle upstream connections that no client connection keeps, a bounded number per destination, the most recently used first. Thread-safe.</summary>
internal sealed class UpstreamPool(int maxIdlePerDestination, TimeSpan idleTimeout) : IDisposable
{
    private readonly ConcurrentDictionary<Destination, List<UpstreamConnection>> _idle = new();
    private bool _disposed;

    public bool TryTake(Destination destination, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out UpstreamConnection? connection)
    {
        connection = null;
        if (!_idle.TryGetValue(destination, out var list)) return false;
        while (true)
        {
            lock (list)
            {
                if (list.Count == 0) return false;
                connection = list[^1];
                list.RemoveAt(list.Count - 1);
            }

            if (connection.Wire.IsUsable()) return true;
            connection.Dispose();
        }
    }

    /// <summary>Takes a connection over; closes it when there are enough.</summary>
    public void Return(UpstreamConnection connection)
    {
        var list = _idle.GetOrAdd(connection.Destination, static _ => []);
        lock (list)
        {
            if (!_disposed && list.Count < maxIdlePerDestination)
            {
                list.Add(connection);
                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>Closes what has been idle for too long, or was closed by the other side. Called once a second.</summary>
    public void Sweep(long now)
    {
        foreach (var (destination, list) in _idle)
        {
            List<UpstreamConnection>? stale = null;
            lock (list)
            {
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    var connection = list[i];
                    if (now - connection.IdleSince < idleTimeout.TotalMilliseconds && connection.Wire.IsUsable()) continue;
                    list.RemoveAt(i);
                    (stale ??= []).Add(connection);
                }

                // A destination nobody uses any more leaves; a return racing with this makes a new list.
                if (list.Count == 0) _idle.TryRemove(new KeyValuePair<Destination, List<UpstreamConnection>>(destination, list));
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
}
