using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

public sealed class BalancerTests
{
    [Fact]
    public void RoundRobin_TakesTurns() => Assert.Equal("abcabc", Choose(BalancePolicy.RoundRobin, 6, 1, 1, 1));

    [Fact]
    public void RoundRobin_SpreadsHeavierOnesOut() => Assert.Equal("aabaaaba", Choose(BalancePolicy.RoundRobin, 8, 3, 1));

    [Fact]
    public void RoundRobin_GoesOnWithoutOneThatIsGone()
    {
        var endpoints = Endpoints(1, 1, 1);
        var balancer = Balancer.Of(BalancePolicy.RoundRobin, new Random(1));

        var chosen = string.Concat(Enumerable.Range(0, 6).Select(i => balancer.Choose(i < 2 ? endpoints : endpoints[..2]).Host));

        Assert.Equal(3, chosen.Count(name => name == 'a'));
        Assert.Equal(3, chosen.Count(name => name == 'b'));
    }

    [Fact]
    public void LeastRequests_PrefersTheIdleOne()
    {
        var endpoints = Endpoints(1, 1, 1);
        (endpoints[0].Active, endpoints[1].Active, endpoints[2].Active) = (3, 1, 2);

        Assert.Equal("b", Balancer.Of(BalancePolicy.LeastRequests, new Random(1)).Choose(endpoints).Host);
    }

    [Fact]
    public void LeastRequests_WeighsByWeight()
    {
        var endpoints = Endpoints(1, 4);
        (endpoints[0].Active, endpoints[1].Active) = (1, 5);

        Assert.Equal("b", Balancer.Of(BalancePolicy.LeastRequests, new Random(1)).Choose(endpoints).Host);
    }

    [Fact]
    public void LeastRequests_ChoosesAmongEqualsAlike()
    {
        var chosen = Choose(BalancePolicy.LeastRequests, 3000, 1, 1, 1);

        Assert.All("abc", name => Assert.InRange(chosen.Count(other => other == name), 900, 1100));
    }

    [Fact]
    public void Random_FollowsWeights()
    {
        var chosen = Choose(BalancePolicy.Random, 4000, 3, 1);

        Assert.InRange(chosen.Count(name => name == 'a'), 2850, 3150);
    }

    private static string Choose(BalancePolicy policy, int times, params int[] weights)
    {
        var endpoints = Endpoints(weights);
        var balancer = Balancer.Of(policy, new Random(1));
        return string.Concat(Enumerable.Range(0, times).Select(_ => balancer.Choose(endpoints).Host));
    }

    private static List<Endpoint> Endpoints(params int[] weights) => [.. weights.Select((weight, index) => new Endpoint(((char)('a' + index)).ToString(), 80, weight))];
}
