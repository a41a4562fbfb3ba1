using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public class ListenerTlsTests
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task AbsoluteUrlOverTls_IsServed()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.StartTlsAsync("127.0.0.1", proxy.RootCertificatePath, "http/1.1");

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.Equal("http/1.1", client.ApplicationProtocol);
        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TlsInTls_IsIntercepted(bool isHttp2)
    {
        // This client reads nothing until all of its upload is taken.
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received);
            await context.Response.Body.WriteAsync(received.GetBuffer().AsMemory(0, (int)received.Length));
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var body = new byte[3_000_000];
        Random.Shared.NextBytes(body);
        using var client = OverTls(proxy, isHttp2 ? new Version(2, 0) : new Version(1, 1));

        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsync("https://origin.test/", new ByteArrayContent(body));
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
        }

        Assert.Equal("https://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task TunnelInTls_IsRelayed()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("220 ready\r\n");
            await connection.ReadUntilAsync("QUIT\r\n");
            await connection.SendAsync("221 bye\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Tunnel = true } });
        await using var client = await proxy.ConnectAsync();
        await client.StartTlsAsync("127.0.0.1", proxy.RootCertificatePath);
        await client.SendAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n");
        await client.ReadHeadAsync();

        Assert.Equal("220 ready\r\n", await client.ReadUntilAsync("\r\n"));
        await client.SendAsync("QUIT\r\n");
        Assert.Equal("221 bye\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Challenge_IsGivenInTls()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();
        await client.StartTlsAsync("localhost", proxy.RootCertificatePath);

        await client.SendAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 407 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandshakeThatDoesNotEnd_IsCut()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(1) });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("\u0016\u0003\u0001");

        await client.IsResetAsync();
        Assert.Equal("", client.ReceivedText);
    }

    [Fact]
    public async Task HandshakeThatIsNone_IsCut()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("\u0016\u0003\u0001\u0000\u00A5\u0001\u0000\u0000\u00A1\u0003\u0003" + new string('r', 200) + "\r\n\r\n");

        await client.IsResetAsync();
        Assert.Equal("", client.ReceivedText);
    }

    private static HttpClient OverTls(TestProxy proxy, Version version)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(proxy.RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            Proxy = new WebProxy($"https://{proxy.EndPoint}"),
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        };
        return new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }
}
