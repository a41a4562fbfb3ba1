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
}
