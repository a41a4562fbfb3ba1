using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class CheckPinningTests
{
    [Fact]
    public async Task HostThatIsIntercepted_IsReportedOnce()
    {
        await using var host = await ExampleScripts.LoadAsync("check-pinning.csx");

        await host.RunAsync(FlowBuilder.Get("https://origin.test/").Build());
        await host.RunAsync(FlowBuilder.Get("https://origin.test/again").Build());
        await host.RunAsync(FlowBuilder.Get("http://plain.test/").Build());

        Assert.Single(host.LogLines, line => line.Contains("origin.test: accepted, not pinned", StringComparison.Ordinal));
        Assert.DoesNotContain(host.LogLines, line => line.Contains("plain.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HostWhoseCertificateIsRefused_IsReported()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await ExampleScripts.StartAsync("check-pinning.csx", new TestProxyOptions { Origins = [origin] });

        await PinningClient.RefuseAsync(proxy, "origin.test");

        await proxy.WaitForLogAsync("origin.test: refused");
    }
}
