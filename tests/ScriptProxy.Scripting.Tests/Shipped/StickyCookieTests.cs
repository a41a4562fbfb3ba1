using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class StickyCookieTests
{
    [Theory]
    [InlineData("sid=1", "https://shop.test/", "sid=1")]
    [InlineData("sid=1", "https://www.shop.test/", null)]
    [InlineData("sid=1; Domain=shop.test", "https://www.shop.test/", "sid=1")]
    [InlineData("sid=1; Domain=other.test", "https://other.test/", null)]
    [InlineData("sid=1; Path=/cart", "https://shop.test/cart/2", "sid=1")]
    [InlineData("sid=1; Path=/cart", "https://shop.test/cartoon", null)]
    [InlineData("sid=1; Secure", "http://shop.test/", null)]
    [InlineData("sid=1; Max-Age=0", "https://shop.test/", null)]
    [InlineData("sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://shop.test/", null)]
    public async Task Cookie_GoesWhereItMay(string cookie, string url, string? sent)
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-cookie", "filter=~all");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.test/login").WithResponse(ResponseBuilder.Of(200).WithHeader("Set-Cookie", cookie)));

        Assert.Equal(sent, (await ShippedScripts.RunAsync(host, FlowBuilder.Get(url))).Request.Headers["Cookie"]);
    }

    [Fact]
    public async Task CookieOfTheClient_Wins()
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-cookie", "filter=~d shop");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Set-Cookie", "a=1").WithHeader("Set-Cookie", "b=2")));

        Assert.Equal("a=9; b=2", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.test/").WithHeader("Cookie", "a=9"))).Request.Headers["Cookie"]);
    }

    [Fact]
    public async Task FlowThatDoesNotMatch_IsLeftAlone()
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-cookie", "filter=~d bank");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Set-Cookie", "a=1")));

        Assert.False((await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.test/"))).Request.Headers.Contains("Cookie"));
    }

    [Fact]
    public async Task CookieForAWholeTopLevelDomain_IsRefused()
    {
        await using var host = await ShippedScripts.LoadAsync("sticky-cookie", "filter=~all");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://evil.example/").WithResponse(ResponseBuilder.Of(200).WithHeader("Set-Cookie", "sid=1; Domain=example")));

        Assert.Null((await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://shop.example/"))).Request.Headers["Cookie"]);
    }
}
