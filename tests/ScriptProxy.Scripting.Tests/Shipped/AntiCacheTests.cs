using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class AntiCacheTests
{
    [Theory]
    [InlineData("enabled", true)]
    [InlineData("enabled=false", false)]
    public async Task Validators_AreRemoved(string option, bool removed)
    {
        await using var host = await ShippedScripts.LoadAsync("anticache", option);

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithHeader("If-None-Match", "\"x\"").WithHeader("If-Modified-Since", "yesterday").WithHeader("Accept", "*/*"));

        Assert.Equal(removed, !flow.Request.Headers.Contains("If-None-Match") && !flow.Request.Headers.Contains("If-Modified-Since"));
        Assert.Equal("*/*", flow.Request.Headers["Accept"]);
    }

    [Fact]
    public async Task RequestThatDoesNotMatch_KeepsThem()
    {
        await using var host = await ShippedScripts.LoadAsync("anticache", "enabled", "filter=~d b.test");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithHeader("If-None-Match", "\"x\""));

        Assert.True(flow.Request.Headers.Contains("If-None-Match"));
    }
}
