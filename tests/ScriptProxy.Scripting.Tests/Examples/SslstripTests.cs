using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SslstripTests
{
    [Fact]
    public async Task SecureLinks_BecomePlainAndTheOriginIsAskedSecurely()
    {
        await using var host = await ExampleScripts.LoadAsync("sslstrip.csx");
        var page = FlowBuilder.Get("http://origin.test/")
            .WithResponse(ResponseBuilder.Of(200)
                .WithText("<a href='https://bank.test/login'>", "text/html")
                .WithHeader("Strict-Transport-Security", "max-age=1")
                .WithHeader("Set-Cookie", "a=1; Secure; HttpOnly"))
            .Build();
        var login = FlowBuilder.Get("http://bank.test/login?x=1").Build();

        await host.RunAsync(page);
        await host.RunAsync(login);

        Assert.Equal("<a href='http://bank.test/login'>", page.ReceivedText);
        Assert.False(page.Response!.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal("a=1; HttpOnly", page.Response.Headers["Set-Cookie"]);
        Assert.Equal("https://bank.test/login?x=1", login.Request.Url);
    }

    [Fact]
    public async Task Redirect_BecomesPlain()
    {
        await using var host = await ExampleScripts.LoadAsync("sslstrip.csx");
        var flow = FlowBuilder.Get("http://origin.test/").WithResponse(ResponseBuilder.Of(301).WithHeader("Location", "https://origin.test/")).Build();
        var next = FlowBuilder.Get("http://origin.test/").Build();

        await host.RunAsync(flow);
        await host.RunAsync(next);

        Assert.Equal("http://origin.test/", flow.Response!.Headers["Location"]);
        Assert.Equal("https://origin.test/", next.Request.Url);
    }
}
