using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class TrailersTests
{
    [Fact]
    public async Task Checksum_FollowsTheDownload()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.ContentType = "application/octet-stream";
            return context.Response.WriteAsync("hello");
        });
        await using var proxy = await ExampleScripts.StartAsync("trailers.csx", new TestProxyOptions { Origins = [origin] });

        using var response = await proxy.CreateClient().GetAsync(new Uri("https://origin.test/"));

        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("sha-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", Assert.Single(response.TrailingHeaders.GetValues("Digest")));
    }
}
