using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class CorsTests
{
    [Fact]
    public async Task Preflight_IsAnsweredHere()
    {
        await using var host = await ShippedScripts.LoadAsync("cors", "filter=~d api.test");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Of("OPTIONS", "https://api.test/").WithHeader("Origin", "https://app.test")
            .WithHeader("Access-Control-Request-Method", "PUT").WithHeader("Access-Control-Request-Headers", "x-a"));

        Assert.False(flow.ReachedOrigin);
        Assert.Equal((204, "PUT", "x-a", "https://app.test", "600"), (
            flow.Response!.StatusCode, flow.Response.Headers["Access-Control-Allow-Methods"], flow.Response.Headers["Access-Control-Allow-Headers"],
            flow.Response.Headers["Access-Control-Allow-Origin"], flow.Response.Headers["Access-Control-Max-Age"]));
    }

    [Theory]
    [InlineData("https://api.test/", "https://app.test", true)]
    [InlineData("https://other.test/", "https://app.test", false)]
    [InlineData("https://api.test/", "https://evil.test", false)]
    public async Task Answer_MayBeReadByThePagesNamed(string url, string origin, bool allowed)
    {
        await using var host = await ShippedScripts.LoadAsync("cors", "filter=~d api.test", "origins=https://app.test");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get(url).WithHeader("Origin", origin).WithResponse(ResponseBuilder.Of(200).WithHeader("X-Total", "3")));

        Assert.Equal(allowed ? origin : null, flow.Response!.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal(allowed, flow.Response.Headers["Access-Control-Expose-Headers"]?.Contains("X-Total", StringComparison.Ordinal) == true);
    }
}
