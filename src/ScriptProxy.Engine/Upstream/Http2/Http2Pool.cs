using System.Collections.Concurrent;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>The HTTP/2 connections to origins: few per destination and route, shared by all clients. Thread-safe.</summary>
internal sealed class Http2Pool(ProxyOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<RoutedDestination, Http2Connection[]> _byDestination = new();
    private readonly ConcurrentDictionary<Http2Connection, RoutedDestination> _all = new();
    private readonly ConcurrentDictionary<RoutedDestination, TaskCompletionSource> _dials = new();
    private volatile bool _disposed;

    /// <summary>Claims a stream of a connection there is; null when one has to be dialled.</summary>
    public Http2Stream? TryTake(in RoutedDestination key)
    {
        if (!_byDestination.TryGetValue(key, out var connections)) return null;
        foreach (var connection in connections)
        {
            if (connection.TryReserve() is { } stream) return stream;
        }

        return null;
    }

    /// <summary>Takes a new connection over, claims a stream of it, and lets others use it too.</summary>
    /// <exception cref="FlowException">It is gone already.</exception>
    public Http2Stream Add(RoutedDestination key, DialledConnection dialled)
    {
        var connection = new Http2Connection(dialled, options, Forget);
        var stream = connection.TryReserve();
        _all[connection] = key;
        if (_disposed || stream is null)
        {
            connection.Fail(null);
            Forget(connection);
            throw new FlowException(FlowErrors.Closed(connection.Authority)) { BeforeResponse = true };
        }

        if (!dialled.IsDiverted) _byDestination.AddOrUpdate(key, static (_, added) => [added], static (_, others, added) => [.. others, added], connection);
        return stream;
    }

    /// <summary>
    /// Runs a dial that others can wait for, so that the first requests of a page do not each open a connection to the same origin.
    /// </summary>
    /// <returns>False when another dial was under way and has ended; nothing was run then.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<bool> DialOnceAsync(RoutedDestination key, Func<ValueTask> dialAsync, CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _dials.GetOrAdd(key, mine);
        if (first != mine)
        {
            await first.Task.WaitAsync(cancellationToken);
            return false;
        }

        try
        {
            await dialAsync();
            return true;
        }
        finally
        {
            _dials.TryRemove(new(key, mine));
            mine.SetResult();
        }
    }

    /// <summary>Ends connections that have been idle for too long. Called once a second.</summary>
    public void Sweep(long now)
    {
        foreach (var (connection, _) in _all) connection.EndIfIdle(now, options.UpstreamIdleTimeout);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var (connection, _) in _all) connection.Fail(null);
    }

    private void Forget(Http2Connection connection)
    {
        if (!_all.TryRemove(connection, out var key)) return;
        while (_byDestination.TryGetValue(key, out var connections))
        {
            var index = Array.IndexOf(connections, connection);
            if (index < 0) return;
            if (connections.Length == 1 ? _byDestination.TryRemove(new(key, connections)) : _byDestination.TryUpdate(key, [.. connections[..index], .. connections[(index + 1)..]], connections)) return;
        }
    }
}
