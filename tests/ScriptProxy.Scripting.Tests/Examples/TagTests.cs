using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class TagTests
{
    [Theory]
    [InlineData("GET", "https://origin.test/", 200, "")]
    [InlineData("POST", "https://origin.test/", 500, "broken upload")]
    public async Task Flow_GetsTheTagsItMeets(string method, string url, int status, string expected)
    {
        await using var host = await ExampleScripts.LoadAsync("tag.csx");
        var flow = FlowBuilder.Of(method, url).WithResponse(status).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, string.Join(' ', flow.Tags.Order()));
    }

    [Fact]
    public async Task Rule_CanBeSet()
    {
        await using var host = await ExampleScripts.LoadAsync("tag.csx", "tag.rules={tag: checkout, url: /cart/}");
        var flow = FlowBuilder.Get("https://origin.test/cart/1").Build();

        await host.RunAsync(flow);

        Assert.Equal(["checkout"], flow.Tags);
    }
}
