using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>One endpoint of a cluster, chosen for a try.</summary>
internal sealed class EndpointHop(ClusterHop cluster, Endpoint endpoint) : NextHop
{
    /// <summary>"payments/10.0.0.1:8443".</summary>
    public override string Name { get; } = $"{cluster.Name}/{endpoint.Name}";

    public override Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken) => cluster.ConnectAsync(endpoint, target, onClosed: null, cancellationToken);
}
