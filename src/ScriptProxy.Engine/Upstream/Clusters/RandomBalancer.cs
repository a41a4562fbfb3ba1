namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>Any, as likely as it is heavy.</summary>
internal sealed class RandomBalancer(Random random) : Balancer
{
    public override Endpoint Choose(List<Endpoint> candidates)
    {
        var total = 0;
        foreach (var endpoint in candidates) total += endpoint.Weight;

        var ticket = random.Next(total);
        foreach (var endpoint in candidates)
        {
            ticket -= endpoint.Weight;
            if (ticket < 0) return endpoint;
        }

        return candidates[^1];
    }
}
