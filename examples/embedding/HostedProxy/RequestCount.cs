using System.Collections.Concurrent;

namespace HostedProxyExample;

/// <summary>A service of the application: how often each host was asked for.</summary>
internal sealed class RequestCount
{
    private readonly ConcurrentDictionary<string, int> _perHost = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Counts one request; returns how many there were.</summary>
    public int Add(string host) => _perHost.AddOrUpdate(host, 1, (_, count) => count + 1);
}
