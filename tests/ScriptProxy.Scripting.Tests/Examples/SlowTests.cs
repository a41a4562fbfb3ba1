using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SlowTests
{
    [Theory]
    [InlineData("0", true)]
    [InlineData("1h", false)]
    public async Task Flow_IsReportedFromTheThresholdOn(string threshold, bool expected)
    {
        await using var host = await ExampleScripts.LoadAsync("slow.csx", $"slow.threshold={threshold}");

        await host.RunAsync(FlowBuilder.Get("https://origin.test/path?token=planted").Build());

        Assert.Equal(expected, host.LogLines.Any(line => line.Contains("GET origin.test/path: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(host.LogLines, line => line.Contains("planted", StringComparison.Ordinal));
    }
}
