using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Documents;

public sealed class ClustersPageTests
{
    [Fact]
    public void Examples_SayWhatThePageSays()
    {
        using var folder = new TemporaryDirectory();

        var examples = YamlExamples.Bind("docs/clusters.md", folder).ConvertAll(Plan);

        var full = examples[0];
        Assert.Equal([("10.0.0.1", 8443, 1), ("10.0.0.2", 8443, 2), ("backup.internal", 8443, 1)], full.Endpoints);
        Assert.Equal((BalancePolicy.LeastRequests, 2, 5, 200), (full.Balance, full.Retries.Attempts, full.Outliers!.ConsecutiveFailures, full.Limits.MaxRequests));
        Assert.Equal(TimeSpan.FromMilliseconds(25), full.Retries.Backoff);

        var least = examples[1];
        Assert.Equal((2, 1), (least.Endpoints.Count, least.Retries.Attempts));
        Assert.Equal(["connect-failure"], least.Retries.On);
        Assert.Null(least.Health);
        Assert.Null(least.Outliers);
    }

    private static ClusterPlan Plan(ProxyOptions options) => RoutePlan.Of(options, []).Upstreams.Values.Single().Cluster!;
}
