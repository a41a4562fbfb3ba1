using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class StickyCookiesTests
{
    [Fact]
    public async Task Cookie_IsSentUntilItIsDeleted()
    {
        await using var host = await ExampleScripts.LoadAsync("sticky-cookies.csx");
        await host.RunAsync(Answered("a=1; Path=/; HttpOnly"));
        var second = Answered("a=; Max-Age=0");
        await host.RunAsync(second);
        var third = FlowBuilder.Get("https://origin.test/").Build();
        await host.RunAsync(third);

        Assert.Equal("a=1", second.Request.Headers["Cookie"]);
        Assert.False(third.Request.Headers.Contains("Cookie"));
    }

    [Fact]
    public async Task CookieOfAnotherHostOrOfTheClient_IsLeftAlone()
    {
        await using var host = await ExampleScripts.LoadAsync("sticky-cookies.csx");
        await host.RunAsync(Answered("a=1"));
        var other = FlowBuilder.Get("https://other.test/").Build();
        var own = FlowBuilder.Get("https://origin.test/").WithHeader("Cookie", "b=2").Build();

        await host.RunAsync(other);
        await host.RunAsync(own);

        Assert.False(other.Request.Headers.Contains("Cookie"));
        Assert.Equal("b=2", own.Request.Headers["Cookie"]);
    }

    private static TestFlow Answered(string setCookie) =>
        FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Set-Cookie", setCookie)).Build();
}
