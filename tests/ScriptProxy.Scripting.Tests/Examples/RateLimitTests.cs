using System.Net;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class RateLimitTests
{
    [Fact]
    public async Task ClientBeyondTheLimit_IsToldToWait()
    {
        await using var host = await ExampleScripts.LoadAsync("rate-limit.csx", "rate-limit.requests=2", "rate-limit.window=86400");
        var client = TestConnections.Client(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1000));
        var other = TestConnections.Client(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 1000));
        TestFlow[] flows = [Of(client), Of(client), Of(client), Of(other)];

        foreach (var flow in flows) await host.RunAsync(flow);

        Assert.Equal([200, 200, 429, 200], flows.Select(flow => flow.Response!.StatusCode));
        Assert.Matches("^[0-9]+$", flows[2].Response!.Headers["Retry-After"]!);
        Assert.False(flows[2].ReachedOrigin);
    }

    private static TestFlow Of(ClientConnection client) => FlowBuilder.Get("https://origin.test/").WithClient(client).Build();
}
