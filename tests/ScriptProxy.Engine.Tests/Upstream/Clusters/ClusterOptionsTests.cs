using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

public sealed class ClusterOptionsTests
{
    [Theory]
    [InlineData("10.0.0.1", "the port is missing. Write 10.0.0.1:PORT.")]
    [InlineData("[::1]", "the port is missing. Write [::1]:PORT.")]
    [InlineData("10.0.0.1:99999", "expected HOST:PORT")]
    [InlineData("http://10.0.0.1:80", "expected HOST:PORT")]
    [InlineData("", "expected HOST:PORT")]
    public void WrongEndpoint_IsNamed(string address, string expected)
    {
        var problems = new List<string>();

        ClusterPlan.EndpointsOf([new() { Address = address }], problems);

        Assert.StartsWith($"endpoints[0] \"{address}\": {expected}", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void EndpointGivenTwice_IsNamed()
    {
        var problems = new List<string>();

        ClusterPlan.EndpointsOf([new() { Address = "A.example:80" }, new() { Address = "a.example:80" }], problems);

        Assert.Equal("endpoints[1] \"a.example:80\": given twice. Remove one, or give the other a weight.", Assert.Single(problems));
    }

    [Theory]
    [InlineData("conect-failure", "did you mean connect-failure?")]
    [InlineData("999", "Known: connect-failure, reset")]
    [InlineData("503-502", "Known:")]
    public void WrongRetryCondition_IsNamed(string condition, string expected) =>
        Assert.Contains(expected, Assert.Single(new RetryOptions { On = [condition] }.Validate()), StringComparison.Ordinal);

    [Theory]
    [InlineData("connect-failure", "Connect", 0)]
    [InlineData("reset", "Reset RefusedStream", 0)]
    [InlineData("refused-stream", "RefusedStream", 0)]
    [InlineData("timeout", "Timeout", 0)]
    [InlineData("504", "Timeout", 1)]
    [InlineData("gateway-error", "Timeout", 3)]
    [InlineData("5xx", "Timeout", 100)]
    [InlineData("500-502", "", 3)]
    public void RetryCondition_MeansFailuresAndCodes(string condition, string failures, int codes)
    {
        var conditions = RetryConditions.Parse([condition], []);

        Assert.Equal(failures, string.Join(' ', Enum.GetValues<TryFailure>().Where(conditions.Contains).OrderBy(failure => failure == TryFailure.RefusedStream)));
        Assert.Equal(codes, Enumerable.Range(0, 700).Count(conditions.Contains));
    }

    [Theory]
    [InlineData("healthz", false, "200", "path \"healthz\": expected a path")]
    [InlineData("/a b", false, "200", "expected a path")]
    [InlineData(null, true, "200", "host and tls mean nothing without a path")]
    [InlineData("/", false, "2xx", "expected \"2xx\": expected a status code such as 200")]
    [InlineData("/", false, "300-200", "expected \"300-200\"")]
    public void WrongHealthCheck_IsNamed(string? path, bool tls, string expected, string problem) =>
        Assert.Contains(problem, Assert.Single(new HealthOptions { Path = path, Tls = tls, Expected = [expected] }.Validate()), StringComparison.Ordinal);

    [Theory]
    [InlineData("a: { endpoints: [\"10.0.0.1\"] }", "(2,6): upstreams.a: endpoints[0] \"10.0.0.1\": the port is missing. Write 10.0.0.1:PORT.")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], balance: fair }", "upstreams.a.balance \"fair\": expected round-robin, least-requests or random.")]
    [InlineData("a: { endpoints: [{ address: \"10.0.0.1:1\", weight: 0 }] }", "upstreams.a.endpoints[0].weight \"0\": expected 1 to 1000.")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], outliers: { max-ejected-percent: 101 } }", "upstreams.a.outliers.max-ejected-percent \"101\": expected 0 to 100.")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], retries: { budget-percent: 200 } }", "upstreams.a.retries.budget-percent \"200\": expected 0 to 100.")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], retries: { on: [conect-failure] } }", "upstreams.a.retries: on \"conect-failure\": there is no such condition; did you mean connect-failure?")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], healht: {} }", "upstreams.a.healht: there is no 'healht'; did you mean 'health'?")]
    [InlineData("a: { endpoints: [\"10.0.0.1:1\"], url: http://p:1 }", "(2,6): upstreams.a: it has both a url and endpoints.")]
    [InlineData("a: { url: http://p:1, limits: {} }", "(2,6): upstreams.a: balance, health, outliers, retries, limits, panic-percent and connect-timeout are about endpoints")]
    [InlineData("a: {}", "'url' is missing. Add url: http://HOST:PORT, or endpoints: [HOST:PORT, …].")]
    public void MistakeInAFile_IsNamedWithItsPlace(string upstream, string expected)
    {
        var file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", System.Text.Encoding.UTF8.GetBytes($"upstreams:\n  {upstream}\n"));
        var problems = new List<string>();

        var options = new OptionBinder<ProxyOptions>().Bind(new OptionSources(_ => null, _ => null, file), problems);
        problems.AddRange(options.Validate());

        var problem = Assert.Single(problems);
        Assert.StartsWith("/etc/scriptproxy.yaml(2,", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }
}
