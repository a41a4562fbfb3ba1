using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class StickyAuthTests
{
    [Theory]
    [InlineData("https://api.test/v2", "Bearer x")]
    [InlineData("http://api.test/v2", null)]
    [InlineData("https://api.test:8443/", null)]
    [InlineData("https://other.test/", null)]
    public async Task Authorization_GoesToItsOriginAlone(string url, string? sent)
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-auth", "filter=~all");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://api.test/").WithHeader("Authorization", "Bearer x"));

        Assert.Equal(sent, (await ShippedScripts.RunAsync(host, FlowBuilder.Get(url))).Request.Headers["Authorization"]);
    }

    [Fact]
    public async Task RequestThatDoesNotMatch_IsNotRemembered()
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-auth", "filter=~m GET");
        await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://api.test/").WithHeader("Authorization", "Bearer x"));

        Assert.False((await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://api.test/"))).Request.Headers.Contains("Authorization"));
    }
}
