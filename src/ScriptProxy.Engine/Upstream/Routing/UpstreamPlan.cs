using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>One upstream as options name it, found to be well-formed.</summary>
/// <param name="Place">What asked for it, for messages.</param>
/// <param name="Name">How routes and people know it.</param>
/// <param name="ProxyUrl">Where it is; null for a cluster.</param>
/// <param name="Ca">PEM files with roots for its own certificate.</param>
/// <param name="Verify">Whether its own certificate is verified.</param>
internal sealed record UpstreamPlan(string Place, string Name, UpstreamUrl? ProxyUrl, string[] Ca, bool Verify)
{
    /// <summary>Where the proxy is.</summary>
    /// <exception cref="InvalidOperationException">It is a cluster.</exception>
    public UpstreamUrl Url => ProxyUrl ?? throw new InvalidOperationException($"{Name} is a cluster and has no URL.");

    /// <summary>The endpoints it consists of; null when it is a proxy.</summary>
    public ClusterPlan? Cluster { get; init; }

    /// <summary>How often a PAC script is read again.</summary>
    public TimeSpan Refresh { get; init; } = UpstreamOptions.DefaultRefresh;
}
