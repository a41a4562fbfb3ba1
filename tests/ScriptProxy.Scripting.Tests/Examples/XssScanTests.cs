using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class XssScanTests
{
    [Theory]
    [InlineData("?q=%3Cscript%3E&page=1", "<p>You looked for <script></p>", true)]
    [InlineData("?q=a+%22b", "<input value=\"a \"b\">", true)]
    [InlineData("?q=%3Cscript%3E", "<p>You looked for &lt;script&gt;</p>", false)]
    [InlineData("?q=plain", "<p>plain</p>", false)]
    public async Task Parameter_IsReportedWhenItComesBackUnescaped(string query, string page, bool expected)
    {
        await using var host = await ExampleScripts.LoadAsync("xss-scan.csx");
        var flow = FlowBuilder.Get("https://origin.test/search" + query).WithResponse(200, page, "text/html").Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.Tags.Contains("reflected"));
        Assert.Equal(expected, host.LogLines.Any(line => line.Contains("origin.test/search: parameter \"q\" comes back unescaped", StringComparison.Ordinal)));
        Assert.Equal(page, flow.ReceivedText);
    }
}
