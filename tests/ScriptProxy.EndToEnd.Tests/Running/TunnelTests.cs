using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class TunnelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task ServerThatSpeaksFirst_IsHeard()
    {
        await using var mailServer = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("220 mail.test ready\r\n");
            Assert.Equal("QUIT\r\n", await connection.ReadUntilAsync("\r\n"));
            await connection.SendAsync("221 bye\r\n");
        });
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);
        await using var client = await RawClient.TunnelAsync(proxy.EndPoint, $"127.0.0.1:{mailServer.EndPoint.Port}");

        Assert.Equal("220 mail.test ready\r\n", await client.ReadUntilAsync("\r\n"));
        await client.SendAsync("QUIT\r\n");
        Assert.Equal("221 bye\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task TunnelOption_LeavesTlsToTheOrigin()
    {
        await using var origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "--tunnel");

        // The root of the origin, not that of the proxy, is what this client believes in.
        await using var client = await RawClient.TunnelTlsAsync(proxy.EndPoint, $"localhost:{origin.HttpsEndPoint.Port}", origin.RootCertificatePath, "http/1.1");
        await client.SendAsync("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
