using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class AntiCompTests
{
    [Theory]
    [InlineData("a.test", "identity")]
    [InlineData("b.test", "gzip, br")]
    public async Task Origins_AreAskedNotToCompress(string host, string expected)
    {
        await using var addons = await ShippedScripts.LoadAsync("anticomp", "enabled", "filter=~d a.test");

        var flow = await ShippedScripts.RunAsync(addons, FlowBuilder.Get($"http://{host}/").WithHeader("Accept-Encoding", "gzip, br"));

        Assert.Equal(expected, flow.Request.Headers["Accept-Encoding"]);
    }
}
