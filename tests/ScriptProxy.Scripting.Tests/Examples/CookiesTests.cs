using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class CookiesTests
{
    [Theory]
    [InlineData("_ga=1; session=x;  _gid=2", "session=x")]
    [InlineData("_ga=1", null)]
    [InlineData("a=1;b=2", "a=1;b=2")]
    public async Task TrackingCookies_AreRemovedAndTheRestIsLeft(string sent, string? expected)
    {
        await using var host = await ExampleScripts.LoadAsync("cookies.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Cookie", sent).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Request.Headers["Cookie"]);
    }

    [Fact]
    public async Task Cookie_IsSet()
    {
        await using var host = await ExampleScripts.LoadAsync("cookies.csx", "cookies.set={consent: all}");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Cookie", "consent=none; session=x").Build();

        await host.RunAsync(flow);

        Assert.Equal("session=x; consent=all", flow.Request.Headers["Cookie"]);
    }
}
