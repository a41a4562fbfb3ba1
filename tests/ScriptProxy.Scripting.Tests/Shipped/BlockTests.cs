using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class BlockTests
{
    [Fact]
    public async Task RequestThatMatches_IsRefusedWithItsStatus()
    {
        await using var host = await ShippedScripts.LoadAsync("block", "rules=/~d ads/404", "rules={filter: ~m DELETE, reason: Not today.}");

        var (ads, deleted, other) = (await RunAsync(host, "GET", "http://ads.test/"), await RunAsync(host, "DELETE", "http://a.test/"), await RunAsync(host, "GET", "http://a.test/"));

        Assert.Equal((404, false), (ads.Response!.StatusCode, ads.ReachedOrigin));
        Assert.Equal((403, "Not today.\n"), (deleted.Response!.StatusCode, deleted.ReceivedText));
        Assert.True(other.ReachedOrigin);
        Assert.Contains("blocked", ads.Tags);
    }

    [Fact]
    public async Task Status444_HangsUp()
    {
        await using var host = await ShippedScripts.LoadAsync("block", "rules=:~u /track:444");

        var flow = await RunAsync(host, "GET", "http://a.test/track");

        Assert.True(flow.IsAborted);
        Assert.False(flow.ReachedOrigin);
    }

    [Fact]
    public async Task Response_CanBeRefusedForWhatItIs()
    {
        await using var host = await ShippedScripts.LoadAsync("block", "rules=/~ts video/451");

        Assert.Equal(451, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(200, "x", "video/mp4"))).Response!.StatusCode);
        Assert.Equal(200, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(200, "x", "text/plain"))).Response!.StatusCode);
    }

    [Theory]
    [InlineData("rules=/~d a", "expected /filter/status, the first character parting the rest, got 1 part.")]
    [InlineData("rules=/~d a/no", "expected a status from 200 to 599, or 444 to hang up, got \"no\".")]
    [InlineData("rules=/~d a/99", "expected a status from 200 to 599, or 444 to hang up, got 99.")]
    [InlineData("rules={status: 404}", "'filter' is missing.")]
    public async Task WrongRule_StopsTheStart(string option, string problem) => Assert.Contains(problem, await ShippedScripts.ErrorAsync("block", option), StringComparison.Ordinal);

    private static Task<TestFlow> RunAsync(AddonHost host, string method, string url) => ShippedScripts.RunAsync(host, FlowBuilder.Of(method, url));
}
