using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class CorsTests
{
    [Fact]
    public async Task Preflight_IsAnswered()
    {
        await using var host = await ExampleScripts.LoadAsync("cors.csx", "cors.hosts=api.example");
        var flow = FlowBuilder.Of("OPTIONS", "https://api.example/users")
            .WithHeader("Origin", "https://page.test")
            .WithHeader("Access-Control-Request-Method", "PUT")
            .Build();

        await host.RunAsync(flow);

        Assert.False(flow.ReachedOrigin);
        Assert.Equal(204, flow.Response!.StatusCode);
        Assert.Equal("PUT", flow.Response.Headers["Access-Control-Allow-Methods"]);
        Assert.Equal("https://page.test", flow.Response.Headers["Access-Control-Allow-Origin"]);
    }

    [Theory]
    [InlineData("https://api.example/", "https://page.test")]
    [InlineData("https://origin.test/", null)]
    public async Task Answer_IsAllowedForTheHostsAlone(string url, string? expected)
    {
        await using var host = await ExampleScripts.LoadAsync("cors.csx", "cors.hosts=api.example");
        var flow = FlowBuilder.Get(url).WithHeader("Origin", "https://page.test").Build();

        await host.RunAsync(flow);

        Assert.True(flow.ReachedOrigin);
        Assert.Equal(expected, flow.Response!.Headers["Access-Control-Allow-Origin"]);
    }
}
