using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class NoCacheTests
{
    [Fact]
    public async Task Validators_ReachNeitherSide()
    {
        await using var host = await ExampleScripts.LoadAsync("no-cache.csx");
        var flow = FlowBuilder.Get("https://origin.test/")
            .WithHeader("If-None-Match", "\"1\"")
            .WithHeader("If-Modified-Since", "Sat, 21 Nov 2026 10:00:00 GMT")
            .WithResponse(ResponseBuilder.Of(200).WithHeader("ETag", "\"1\"").WithHeader("Cache-Control", "max-age=3600"))
            .Build();

        await host.RunAsync(flow);

        Assert.False(flow.Request.Headers.Contains("If-None-Match"));
        Assert.False(flow.Request.Headers.Contains("If-Modified-Since"));
        Assert.False(flow.Response!.Headers.Contains("ETag"));
        Assert.Equal("no-store", flow.Response.Headers["Cache-Control"]);
    }
}
