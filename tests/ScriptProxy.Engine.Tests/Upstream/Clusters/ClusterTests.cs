using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Tests.Addons;
using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

public sealed class ClusterTests
{
    private readonly ManualTimers _time = new();
    private readonly LogLines<ClusterTests> _log = new();

    [Fact]
    public void EndpointTriedBefore_IsAvoidedWhileThereAreOthers()
    {
        var cluster = New(3);
        var tried = new HashSet<Endpoint>();
        for (var i = 0; i < 3; i++) Assert.True(tried.Add(cluster.Choose(tried)));

        Assert.Contains(cluster.Choose(tried), tried);
    }

    [Fact]
    public void FailuresInARow_EjectForAWhile()
    {
        var cluster = New(3, outliers: new() { ConsecutiveFailures = 2, Eject = TimeSpan.FromSeconds(30) });
        var bad = cluster.Endpoints[0];
        Fail(cluster, bad, 2);

        Assert.DoesNotContain("a", Chosen(cluster, 6));
        Assert.Equal(["Warning: Upstream c: a:80 is ejected for 30 s after 2 failures in a row, the last 503"], _log.All);

        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("a", Chosen(cluster, 3));
        Assert.Equal("Information: Upstream c: a:80 is back after its ejection", _log.All[1]);
    }

    [Fact]
    public void SuccessBetweenFailures_KeepsTheEndpoint()
    {
        var cluster = New(3, outliers: new() { ConsecutiveFailures = 2 });
        for (var i = 0; i < 5; i++)
        {
            Fail(cluster, cluster.Endpoints[0], 1);
            cluster.Succeeded(cluster.Endpoints[0]);
        }

        Assert.Contains("a", Chosen(cluster, 3));
    }

    [Fact]
    public void EachEjectionInARow_LastsLonger_UntilTheEndpointBehaves()
    {
        var cluster = New(3, outliers: new() { ConsecutiveFailures = 1, Eject = TimeSpan.FromSeconds(10) });
        var bad = cluster.Endpoints[0];
        for (var i = 0; i < 2; i++)
        {
            Fail(cluster, bad, 1);
            _time.Advance(TimeSpan.FromSeconds(20));
            cluster.Tick();
        }

        // It behaves for as long as three ejections last.
        _time.Advance(TimeSpan.FromSeconds(30));
        Fail(cluster, bad, 1);

        Assert.Equal([10, 20, 10], _log.All.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)).Select(line => int.Parse(line.Split("for ")[1].Split(' ')[0])));
    }

    [Fact]
    public void TooManyEjected_LeavesTheOthersIn()
    {
        var cluster = New(4, outliers: new() { ConsecutiveFailures = 1, MaxEjectedPercent = 50 }, panicPercent: 0);
        foreach (var endpoint in cluster.Endpoints) Fail(cluster, endpoint, 1);

        Assert.Equal("cdcd", Chosen(cluster, 4));
    }

    [Fact]
    public void OnlyEndpoint_IsNeverEjected()
    {
        var cluster = New(1, outliers: new() { ConsecutiveFailures = 1, MaxEjectedPercent = 100 });
        Fail(cluster, cluster.Endpoints[0], 5);

        Assert.Equal("a", Chosen(cluster, 1));
        Assert.Empty(_log.All);
    }

    [Fact]
    public void ChecksThatFailAndSucceed_ChangeHealthAtTheirThresholds()
    {
        var cluster = New(3, health: new() { Path = "/", Unhealthy = 3, Healthy = 2 });
        var endpoint = cluster.Endpoints[0];

        Check(cluster, endpoint, null, "down", "down", null, "down", "down");
        Assert.True(endpoint.IsWell);
        Check(cluster, endpoint, "down");
        Assert.False(endpoint.IsWell);
        Check(cluster, endpoint, null, "down", null);
        Assert.False(endpoint.IsWell);
        Check(cluster, endpoint, null as string);
        Assert.True(endpoint.IsWell);

        Assert.Equal(["Warning: Upstream c: a:80 is unhealthy after 3 checks that failed: down", "Information: Upstream c: a:80 is healthy after 2 good checks"], _log.All);
    }

    [Fact]
    public void FirstCheck_IsBelievedAtOnce()
    {
        var cluster = New(3, health: new() { Path = "/", Unhealthy = 3 });

        Check(cluster, cluster.Endpoints[0], "down");

        Assert.False(cluster.Endpoints[0].IsWell);
    }

    [Fact]
    public void FewerThanThePanicThresholdWell_UsesAll()
    {
        var cluster = New(4, health: new() { Unhealthy = 1, Healthy = 1 }, panicPercent: 50);
        Check(cluster, cluster.Endpoints[0], "down");
        Check(cluster, cluster.Endpoints[1], "down");
        Assert.Equal("cdcd", Chosen(cluster, 4));

        Check(cluster, cluster.Endpoints[2], "down");
        Assert.Equal("abcd", string.Concat(Chosen(cluster, 4).Order()));

        Check(cluster, cluster.Endpoints[2], null as string);
        Assert.Equal("cd", string.Concat(Chosen(cluster, 2).Order()));
        Assert.Equal(
        [
            "Warning: Upstream c: only 1 of 4 endpoints are available; requests go to all of them",
            "Information: Upstream c: 2 of 4 endpoints are available again; requests go to those alone",
        ], _log.All.Where(line => line.Contains("endpoints", StringComparison.Ordinal)));
    }

    [Fact]
    public void NoneWellWithoutPanic_Is503()
    {
        var cluster = New(2, health: new() { Unhealthy = 1 }, panicPercent: 0);
        foreach (var endpoint in cluster.Endpoints) Check(cluster, endpoint, "down");

        var error = Assert.Throws<FlowException>(() => cluster.Choose([])).Error;

        Assert.Equal((503, "destination_unavailable", "None of the 2 endpoints of the upstream c is healthy."), (error.StatusCode, error.Type, error.Message));
    }

    [Fact]
    public void MoreRequestsThanAllowed_Is503UntilOneEnds()
    {
        var cluster = New(1, limits: new() { MaxRequests = 2 });
        cluster.Enter();
        cluster.Enter();

        var error = Assert.Throws<FlowException>(cluster.Enter).Error;
        cluster.Leave();
        cluster.Enter();

        Assert.Equal((503, "connection_limit_reached"), (error.StatusCode, error.Type));
        Assert.Contains("limits.max-requests", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, cluster.Requests);
    }

    [Theory]
    [InlineData(20, 0, 100, 50, 10)]
    [InlineData(20, 3, 100, 5, 3)]
    [InlineData(20, 3, 2, 100, 2)]
    [InlineData(0, 0, 100, 100, 0)]
    [InlineData(100, 0, 100, 7, 7)]
    public void Retries_StayWithinTheBudget(int percent, int least, int most, int requests, int expected)
    {
        var cluster = New(2, limits: new() { MaxRetries = most }, retries: new() { BudgetPercent = percent, BudgetMin = least });
        for (var i = 0; i < requests; i++) cluster.Enter();

        var begun = 0;
        while (begun < 1000 && cluster.TryBeginRetry()) begun++;

        Assert.Equal(expected, begun);
        if (expected == 0) return;
        cluster.EndRetry();
        Assert.True(cluster.TryBeginRetry());
        Assert.False(cluster.TryBeginRetry());
    }

    [Fact]
    public void ChosenFromManyThreads_CountsEveryTry()
    {
        var cluster = New(3, outliers: new() { ConsecutiveFailures = 3 });

        Parallel.For(0, 3000, i =>
        {
            var endpoint = cluster.Choose([]);
            if (i % 7 == 0) cluster.Failed(endpoint, "503");
            else cluster.Succeeded(endpoint);
            cluster.Release(endpoint);
        });

        Assert.All(cluster.Endpoints, endpoint => Assert.Equal(0, endpoint.Active));
    }

    private static void Fail(Cluster cluster, Endpoint endpoint, int times)
    {
        for (var i = 0; i < times; i++) cluster.Failed(endpoint, "503");
    }

    private static void Check(Cluster cluster, Endpoint endpoint, params string?[] problems)
    {
        foreach (var problem in problems) cluster.Checked(endpoint, problem);
    }

    private static string Chosen(Cluster cluster, int times) => string.Concat(Enumerable.Range(0, times).Select(_ => cluster.Choose([]).Host));

    private Cluster New(int endpoints, OutlierOptions? outliers = null, HealthOptions? health = null, LimitOptions? limits = null, RetryOptions? retries = null, int panicPercent = 50)
    {
        var plan = new ClusterPlan("c", [.. Enumerable.Range(0, endpoints).Select(index => (((char)('a' + index)).ToString(), 80, 1))])
        {
            Outliers = outliers,
            Health = health,
            Limits = limits ?? new(),
            Retries = retries ?? new(),
            PanicPercent = panicPercent,
        };
        return new Cluster(plan, _time, _log, new Random(1));
    }
}
