using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class BlockTests
{
    [Theory]
    [InlineData("http://ads.example/", 403)]
    [InlineData("http://cdn.ADS.example/", 403)]
    [InlineData("http://loads.example/", 200)]
    [InlineData("https://origin.test/", 200)]
    public async Task Request_IsRefusedByHost(string url, int expected)
    {
        await using var host = await ExampleScripts.LoadAsync("block.csx");
        var flow = FlowBuilder.Get(url).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Response!.StatusCode);
        Assert.Equal(expected == 200, flow.ReachedOrigin);
    }

    [Theory]
    [InlineData("tracker.example", ConnectDecision.Deny)]
    [InlineData("bank.example", ConnectDecision.Tunnel)]
    [InlineData("origin.test", ConnectDecision.Default)]
    public async Task Tunnel_IsDecidedByHost(string name, ConnectDecision expected)
    {
        await using var host = await ExampleScripts.LoadAsync("block.csx");
        var connect = TestConnections.Connect(name);

        await host.ConnectAsync(connect);

        Assert.Equal(expected, connect.Decision);
    }

    [Fact]
    public async Task DeniedTunnel_IsNotConnected()
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Hosts = ["tracker.example"] }, _ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin, await File.ReadAllTextAsync(Path.Combine(ExampleScripts.Folder, "block.csx")));

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => proxy.CreateClient().GetAsync(new Uri("https://tracker.example/")));

        Assert.Contains("403", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, origin.RequestCount);
    }
}
