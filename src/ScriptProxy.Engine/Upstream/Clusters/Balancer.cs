namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>Whose turn it is. Called under the cluster's lock.</summary>
internal abstract class Balancer
{
    public static Balancer Of(BalancePolicy policy, Random random) => policy switch
    {
        BalancePolicy.LeastRequests => new LeastRequestsBalancer(random),
        BalancePolicy.Random => new RandomBalancer(random),
        _ => new RoundRobinBalancer(),
    };

    /// <param name="candidates">At least one.</param>
    public abstract Endpoint Choose(List<Endpoint> candidates);
}
