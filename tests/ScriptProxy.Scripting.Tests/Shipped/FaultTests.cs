using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class FaultTests
{
    [Fact]
    public async Task Share_IsTheSameForOneSeed()
    {
        var first = await StatusesAsync();

        Assert.Equal(first, await StatusesAsync());
        Assert.InRange(first.Count(status => status == 503), 20, 80);

        static async Task<List<int>> StatusesAsync()
        {
            await using var host = await ShippedScripts.LoadAsync("fault", "seed=7", "rules={filter: ~d a.test, percent: 50, status: 503}");
            var statuses = new List<int>();
            for (var i = 0; i < 100; i++) statuses.Add((await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Response!.StatusCode);
            return statuses;
        }
    }

    [Fact]
    public async Task Abort_HangsUp()
    {
        await using var host = await ShippedScripts.LoadAsync("fault", "rules={abort: true}");

        Assert.True((await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).IsAborted);
    }

    [Fact]
    public async Task DelayAlone_LetsTheFlowPass()
    {
        await using var host = await ShippedScripts.LoadAsync("fault", "rules={delay: 0.01}");

        Assert.True((await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).ReachedOrigin);
    }

    [Theory]
    [InlineData("rules={percent: 10}", "expected status, abort or delay")]
    [InlineData("rules={percent: 101, abort: true}", "\"101\": expected 0 to 100.")]
    [InlineData("rules={status: 500, abort: true}", "expected status or abort, got both")]
    public async Task WrongRule_StopsTheStart(string option, string problem) => Assert.Contains(problem, await ShippedScripts.ErrorAsync("fault", option), StringComparison.Ordinal);
}
