using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

public class LeavingClientTests
{
    [Fact]
    public async Task ClientsThatLeaveAfterTheHandshake_AreNoErrors()
    {
        // Disposing the proxy fails when it logged an error.
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions());
        for (var i = 0; i < 20; i++)
        {
            var client = await proxy.TunnelTlsAsync("origin.test:443", "h2");
            await client.DisposeAsync();
        }
    }
}
