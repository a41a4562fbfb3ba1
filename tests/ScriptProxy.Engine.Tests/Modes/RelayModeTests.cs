using System.Net.Sockets;
using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

/// <summary>What a reverse proxy relays unread: all of it with reverse:tcp://, TLS as the options say with reverse:https://.</summary>
public sealed class RelayModeTests
{
    private static readonly ProxyOptions Relaying = new() { Mode = ["reverse:tcp://origin.test:443"] };

    [Fact]
    public async Task ServerThatSpeaksFirst_IsRelayedAndRecorded()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("220 ready\r\n");
            await connection.SendAsync(await connection.ReadUntilAsync("\r\n"));
        });
        await using var proxy = await StartAsync(origin, Relaying);
        await using var client = await proxy.ConnectAsync();

        Assert.Equal("220 ready\r\n", await client.ReadUntilAsync("\r\n"));
        await client.SendAsync("QUIT\r\n");
        Assert.Equal("QUIT\r\n", await client.ReadUntilAsync("\r\n"));
        await client.EndSendingAsync();
        await client.ReadToEndAsync();

        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("origin.test:443", 6L, 17L, TunnelOutcome.Ended), (record.Url, record.RequestBytes, record.ResponseBytes, record.Tunnel!.Outcome));
    }

    [Fact]
    public async Task Tls_StaysTheServers_AndIsKnownByItsHello()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = Relaying });
        await using var client = await proxy.ConnectAsync();

        await client.StartTlsAsync("origin.test", origin.RootCertificatePath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await client.EndSendingAsync();

        Assert.Equal("origin.test", (await proxy.WaitForFlowAsync()).Tunnel!.ServerName);
    }

    [Fact]
    public async Task Addon_SeesAndChangesTheBytes()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync(await connection.ReadExactlyAsync(4)));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Proxy = Relaying,
            Script = """void OnTcpData(TcpData data) { if (data.FromClient) data.Bytes = Encoding.ASCII.GetBytes("pong"); }""",
        });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("ping");

        Assert.Equal("pong", await client.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task ServerThatIsNotThere_CutsTheClient()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["reverse:tcp://127.0.0.1:1"] });
        using var client = new TcpClient();

        // The reset may come before connecting is noticed, or after.
        var exception = await Record.ExceptionAsync(async () =>
        {
            await client.ConnectAsync(proxy.EndPoint);
            await client.GetStream().ReadExactlyAsync(new byte[1]);
        });

        Assert.Equal(SocketError.ConnectionReset, (exception as SocketException ?? exception?.InnerException as SocketException)?.SocketErrorCode);
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("127.0.0.1:1", "connection_refused", TunnelOutcome.Failed), (record.Url, record.Error?.Type, record.Tunnel!.Outcome));
    }

    [Fact]
    public async Task NothingElseThanRelaying_NeedsNoRootCertificate()
    {
        using var folder = new TemporaryDirectory();
        await using var proxy = await TestProxy.StartAsync(Relaying with { CaDir = folder.Path });

        Assert.False(File.Exists(proxy.RootCertificatePath));
    }

    [Theory]
    [InlineData("tunnel", "service.test", false)]
    [InlineData("tunnel", "read.test", true)]
    [InlineData("ignore", "service.test", false)]
    [InlineData("ignore", "read.test", true)]
    public async Task TlsInFrontOfATlsServer_IsReadOrRelayedAsTheOptionsSay(string way, string name, bool isRead)
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Hosts = ["origin.test", "service.test", "read.test"] }, _ => Task.CompletedTask);
        var options = new ProxyOptions { Mode = ["reverse:https://origin.test"] };
        options = way == "tunnel" ? options with { Tunnel = true, Intercept = ["read.test"] } : options with { Ignore = ["service.test"] };
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = options });
        await using var client = await proxy.ConnectAsync();

        await client.StartTlsAsync(name, isRead ? proxy.RootCertificatePath : origin.RootCertificatePath);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await client.EndSendingAsync();
        Assert.Equal(isRead, (await proxy.WaitForFlowAsync()).Tunnel is null);
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options });
}
