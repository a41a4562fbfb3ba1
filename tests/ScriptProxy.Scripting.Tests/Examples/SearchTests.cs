using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SearchTests
{
    [Theory]
    [InlineData("https://origin.test/a?id=order-12", "x", "x", "the URL")]
    [InlineData("https://origin.test/a", "order-12", "x", "X-Ref of the request")]
    [InlineData("https://origin.test/a", "x", "your order-12", "the body of the response")]
    [InlineData("https://origin.test/a", "x", "x", null)]
    public async Task Place_IsReportedWithoutTheFind(string url, string field, string body, string? expected)
    {
        await using var host = await ExampleScripts.LoadAsync("search.csx", "search.pattern=order-[0-9]+");
        var flow = FlowBuilder.Get(url).WithHeader("X-Ref", field).WithResponse(200, body).Build();

        await host.RunAsync(flow);

        var found = host.LogLines.Where(line => line.Contains("found in", StringComparison.Ordinal)).ToList();
        if (expected is null) Assert.Empty(found);
        else Assert.EndsWith($"GET origin.test/a: found in {expected}", Assert.Single(found), StringComparison.Ordinal);
        Assert.Equal(expected is not null, flow.Tags.Contains("found"));
    }
}
