using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class MapRemoteTests
{
    [Theory]
    [InlineData("rules=|^https://api.test/|http://localhost:3000/", "https://api.test/v1?x=1", "http://localhost:3000/v1?x=1")]
    [InlineData(@"rules=|/v(\d)/|/api/\1/", "https://api.test/v2/users", "https://api.test/api/2/users")]
    [InlineData("rules=|~m POST|api|other", "https://api.test/", "https://api.test/")]
    public async Task Url_IsMapped(string rule, string url, string expected)
    {
        await using var host = await ShippedScripts.LoadAsync("map-remote", rule);

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get(url));

        Assert.Equal(expected, flow.Request.Url);
        Assert.Equal(new Uri(expected).Authority, flow.Request.Headers["Host"]);
    }

    [Fact]
    public async Task RuleThatMakesNoUrl_FailsTheFlow()
    {
        await using var host = await ShippedScripts.LoadAsync("map-remote", "rules=|^https:|gopher:");

        Assert.Equal(502, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"))).Response!.StatusCode);
    }
}
