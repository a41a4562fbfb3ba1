using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ErrorPageTests
{
    private static readonly FlowError Refused = new("connection_refused", 502, "origin.test <refused> the connection.");

    [Fact]
    public async Task Browser_GetsAPage()
    {
        await using var host = await ExampleScripts.LoadAsync("error-page.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Accept", "text/html,*/*;q=0.8").WithError(Refused).Build();

        await host.RunAsync(flow);

        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.Contains("<h1>origin.test does not answer</h1>", flow.ReceivedText, StringComparison.Ordinal);
        Assert.Contains("origin.test &lt;refused&gt; the connection.", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_GetsTheProxysOwnAnswer()
    {
        await using var host = await ExampleScripts.LoadAsync("error-page.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Accept", "application/json").WithError(Refused).Build();

        await host.RunAsync(flow);

        Assert.DoesNotContain("<h1>", flow.ReceivedText, StringComparison.Ordinal);
    }
}
