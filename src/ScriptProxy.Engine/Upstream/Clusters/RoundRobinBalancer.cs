namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// One after the other. Heavier ones come more often, but spread out (each saves its weight up every time, and who has most pays for all): with
/// the weights 3 and 1 the order is A A B A. Endpoints that come and go leave the order of the others alone.
/// </summary>
internal sealed class RoundRobinBalancer : Balancer
{
    public override Endpoint Choose(List<Endpoint> candidates)
    {
        var total = 0;
        var richest = candidates[0];
        foreach (var endpoint in candidates)
        {
            total += endpoint.Weight;
            endpoint.Credit += endpoint.Weight;
            if (endpoint.Credit > richest.Credit) richest = endpoint;
        }

        richest.Credit -= total;
        return richest;
    }
}
