using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class TlsPassthroughTests
{
    [Fact]
    public async Task HostWhoseCertificateIsPinned_IsRelayedAfterTheFirstFailure()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await ExampleScripts.StartAsync("tls-passthrough.csx", new TestProxyOptions { Origins = [origin] });

        await PinningClient.RefuseAsync(proxy, "origin.test");
        await proxy.WaitForLogAsync("origin.test is relayed unread from now on");

        // Content with the origin's certificate alone.
        await using var client = await proxy.TunnelAsync("origin.test:443");
        await client.StartTlsAsync("origin.test", origin.RootCertificatePath);
    }
}
