namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>The one with the fewest requests under way for its weight; any of those that are equal.</summary>
internal sealed class LeastRequestsBalancer(Random random) : Balancer
{
    public override Endpoint Choose(List<Endpoint> candidates)
    {
        var best = candidates[0];
        var equals = 1;
        for (var i = 1; i < candidates.Count; i++)
        {
            var endpoint = candidates[i];

            // One more on each: what it would then carry, in proportion to its weight.
            var compared = ((long)endpoint.Active + 1) * best.Weight - ((long)best.Active + 1) * endpoint.Weight;
            if (compared > 0) continue;
            equals = compared < 0 ? 1 : equals + 1;

            // Of n equals each is chosen with the same probability, without listing them.
            if (compared < 0 || random.Next(equals) == 0) best = endpoint;
        }

        return best;
    }
}
