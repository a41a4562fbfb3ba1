using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class TcpReplaceTests
{
    [Fact]
    public async Task Bytes_AreChangedBothWays()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal("say hello!", await connection.ReadExactlyAsync(10));
            await connection.SendAsync("\u00ff foo");
        });
        await using var proxy = await ExampleScripts.StartAsync("tcp-replace.csx", new TestProxyOptions
        {
            RawOrigins = [origin],
            Set = ["script.ports=443", "script.search=foo", "script.replacement=hello"],
        });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync("say foo!");

        Assert.Equal("\u00ff hello", await client.ReadExactlyAsync(7));
    }
}
