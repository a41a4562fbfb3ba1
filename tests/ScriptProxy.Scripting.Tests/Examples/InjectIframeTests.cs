using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class InjectIframeTests
{
    [Theory]
    [InlineData("text/html", """<body>hello<iframe src="https://tools.example/?a=1&amp;b=2" width="100%" height="80"></iframe></body>""")]
    [InlineData("text/plain", "<body>hello</body>")]
    public async Task Page_EndsWithTheFrame(string contentType, string expected)
    {
        await using var host = await ExampleScripts.LoadAsync("inject-iframe.csx", "inject-iframe.url=https://tools.example/?a=1&b=2");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(200, "<body>hello</body>", contentType).Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.ReceivedText);
    }
}
