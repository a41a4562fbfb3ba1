using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class DomainFrontingTests
{
    [Fact]
    public async Task HiddenHost_IsAskedForBehindTheFront()
    {
        await using var front = await TestOrigin.StartAsync(new TestOriginOptions { Hosts = ["front.test"] }, context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await ExampleScripts.StartAsync("domain-fronting.csx", new TestProxyOptions
        {
            Origins = [front],
            Set = ["script.fronts={hidden.test: front.test}"],
        });

        Assert.Equal("hidden.test", await proxy.CreateClient().GetStringAsync(new Uri("https://hidden.test/")));
    }
}
