using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ExpandLinksTests
{
    [Fact]
    public async Task RelativeLinks_BecomeAbsolute()
    {
        await using var host = await ExampleScripts.LoadAsync("expand-links.csx");
        const string Page = """<a href="../b?c=1#d">1</a><img src='/logo.png'><a href="#top">2</a><a href="https://other.test/">3</a>""";
        var flow = FlowBuilder.Get("https://origin.test/a/page").WithResponse(200, Page, "text/html").Build();

        await host.RunAsync(flow);

        Assert.Equal(
            """<a href="https://origin.test/b?c=1#d">1</a><img src='https://origin.test/logo.png'><a href="#top">2</a><a href="https://other.test/">3</a>""",
            flow.ReceivedText);
    }

    [Fact]
    public async Task OtherTypes_AreLeft()
    {
        await using var host = await ExampleScripts.LoadAsync("expand-links.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(200, "<a href='/b'>", "text/plain").Build();

        await host.RunAsync(flow);

        Assert.Equal("<a href='/b'>", flow.ReceivedText);
    }
}
