using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class BlockDohTests
{
    [Theory]
    [InlineData("dns.google", ConnectDecision.Deny)]
    [InlineData("DNS.Google", ConnectDecision.Deny)]
    [InlineData("origin.test", ConnectDecision.Default)]
    public async Task Resolver_IsNotConnectedTo(string name, ConnectDecision expected)
    {
        await using var host = await ExampleScripts.LoadAsync("block-doh.csx");
        var connect = TestConnections.Connect(name);

        await host.ConnectAsync(connect);

        Assert.Equal(expected, connect.Decision);
    }

    [Theory]
    [InlineData("https://origin.test/dns-query?dns=AAAB", null, 403)]
    [InlineData("https://origin.test/other", "application/dns-message", 403)]
    [InlineData("https://origin.test/dns-query", null, 200)]
    [InlineData("https://origin.test/other?dns=AAAB", "text/html", 200)]
    public async Task Query_IsKnownByItsForm(string url, string? accept, int expected)
    {
        await using var host = await ExampleScripts.LoadAsync("block-doh.csx");
        var request = FlowBuilder.Get(url);
        if (accept is not null) request.WithHeader("Accept", accept);
        var flow = request.Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Response!.StatusCode);
    }
}
