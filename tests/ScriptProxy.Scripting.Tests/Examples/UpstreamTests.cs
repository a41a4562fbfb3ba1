using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class UpstreamTests
{
    [Fact]
    public async Task Host_IsReachedAtTheOtherAddress()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await ExampleScripts.StartAsync("upstream.csx", new TestProxyOptions
        {
            Origins = [origin],
            Set = [$"script.routes={{host: api.example, to: 127.0.0.1, port: {origin.HttpEndPoint.Port}}}"],
        });

        Assert.Equal("api.example", await proxy.CreateClient().GetStringAsync(new Uri("http://api.example/")));
    }
}
