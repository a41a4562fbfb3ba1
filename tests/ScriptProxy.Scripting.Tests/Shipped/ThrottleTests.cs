using System.Diagnostics;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class ThrottleTests
{
    [Theory]
    [InlineData("download: 10k")]
    [InlineData("upload: 10k")]
    [InlineData("latency: 0.2")]
    public async Task Flow_TakesAtLeastItsTime(string limit)
    {
        await using var host = await ShippedScripts.LoadAsync("throttle", $"rules={{filter: ~d slow.test, {limit}}}");
        var body = new string('x', 3_000);
        var started = Stopwatch.GetTimestamp();

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("http://slow.test/").WithText(body).WithResponse(200, body));

        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(0.2));
        Assert.Equal((body, body), (flow.SentText, flow.ReceivedText));
    }

    [Fact]
    public async Task Loss_CutsFlowsOff()
    {
        await using var host = await ShippedScripts.LoadAsync("throttle", "rules={loss: 100}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"));

        Assert.True(flow.IsAborted);
        Assert.Contains("lost", flow.Tags);
    }

    [Fact]
    public async Task FlowThatDoesNotMatch_KeepsItsLength()
    {
        await using var host = await ShippedScripts.LoadAsync("throttle", "rules={filter: ~d slow.test, download: 1}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(200, "body"));

        Assert.Equal(4, flow.Response!.ContentLength);
    }
}
