using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class InjectTests
{
    [Theory]
    [InlineData("text/html", "<body>x</BODY></html>", "<body>x<b/></BODY></html>")]
    [InlineData("text/html; charset=utf-8", "<p>x", "<p>x<b/>")]
    [InlineData("text/plain", "<body>x</body>", "<body>x</body>")]
    public async Task Pages_GetIt(string type, string page, string expected)
    {
        await using var host = await ShippedScripts.LoadAsync("inject", "html=<b/>", "remove-csp");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(
            ResponseBuilder.Of(200).WithHeader("Content-Security-Policy", "default-src 'self'").WithContentEncoding("gzip").WithText(page, type)));

        Assert.Equal(expected, flow.ReceivedText);
        Assert.Equal(type == "text/plain", flow.Response!.Headers.Contains("Content-Security-Policy"));
    }

    [Fact]
    public async Task Head_IsAnotherPlace()
    {
        await using var host = await ShippedScripts.LoadAsync("inject", "html=<b/>", "before=head");

        Assert.Equal("<head><b/></head><body></body>", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(200, "<head></head><body></body>", "text/html"))).ReceivedText);
    }

    [Fact]
    public async Task FileThatIsNotThere_StopsTheStart() =>
        Assert.Equal("inject: there is no file /nowhere", await ShippedScripts.ErrorAsync("inject", "file=/nowhere"));

    [Fact]
    public async Task PageThatIsTooLongToBeRead_PassesAsItIs()
    {
        await using var host = await ShippedScripts.LoadAsync("inject", "html=<i>x</i>");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithBodyLimit(10).WithResponse(200, "<p>longer than ten bytes</p>", "text/html"));

        Assert.Equal((200, "<p>longer than ten bytes</p>"), (flow.Response!.StatusCode, flow.ReceivedText));
    }
}
