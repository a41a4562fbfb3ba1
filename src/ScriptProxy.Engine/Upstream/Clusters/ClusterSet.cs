using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Upstream.Dialling;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>The clusters of a proxy: makes them, begins their health checks, and ends them.</summary>
internal sealed class ClusterSet(SocketDialler dialler, UpstreamTrust trust, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly List<Cluster> _clusters = [];
    private readonly List<HealthMonitor> _monitors = [];

    /// <summary>Makes the hop of a cluster. Before <see cref="Start"/>.</summary>
    public ClusterHop Add(ClusterPlan plan)
    {
        var cluster = new Cluster(plan, time, logger);
        _clusters.Add(cluster);
        if (plan.Health is { } health) _monitors.Add(new HealthMonitor(cluster, new HealthProbe(health, dialler, trust).CheckAsync));
        return new ClusterHop(cluster, dialler);
    }

    /// <summary>Begins to check the health of endpoints.</summary>
    public void Start()
    {
        foreach (var monitor in _monitors) monitor.Start();
    }

    /// <summary>Lets the log say in time what has passed. Called once a second.</summary>
    public void Tick(long now)
    {
        foreach (var cluster in _clusters) cluster.Tick();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var monitor in _monitors) await monitor.DisposeAsync();
    }
}
