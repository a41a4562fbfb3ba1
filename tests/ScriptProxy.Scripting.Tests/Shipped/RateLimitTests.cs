using System.Net;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class RateLimitTests
{
    [Theory]
    [InlineData("client", new[] { 200, 200, 429, 200 })]
    [InlineData("host", new[] { 200, 200, 429, 429 })]
    [InlineData("all", new[] { 200, 200, 429, 429 })]
    [InlineData("X-Key", new[] { 200, 200, 429, 200 })]
    public async Task RequestsBeyondTheLimit_AreToldToWait(string by, int[] statuses)
    {
        await using var host = await ShippedScripts.LoadAsync("rate-limit", $"rules={{requests: 2, window: 86400, by: {by}}}");
        var flows = new List<TestFlow>();
        for (var i = 0; i < 4; i++)
        {
            var client = TestConnections.Client(new IPEndPoint(IPAddress.Parse(i == 3 ? "192.0.2.2" : "192.0.2.1"), 1000 + i));
            flows.Add(await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithHeader("X-Key", i == 3 ? "b" : "a").WithClient(client)));
        }

        Assert.Equal(statuses, flows.Select(flow => flow.Response!.StatusCode));
        Assert.InRange(int.Parse(flows[2].Response!.Headers["Retry-After"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 43200);
        Assert.Contains("limited", flows[2].Tags);
    }

    [Fact]
    public async Task RequestThatDoesNotMatch_IsNotCounted()
    {
        await using var host = await ShippedScripts.LoadAsync("rate-limit", "rules={filter: ~m POST, requests: 1, window: 86400}");

        for (var i = 0; i < 3; i++) Assert.Equal(200, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Response!.StatusCode);
    }
}
