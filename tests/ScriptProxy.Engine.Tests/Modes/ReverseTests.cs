using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public class ReverseTests
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("http://origin.test", "GET /a?b=c HTTP/1.1\r\nHost: here\r\n\r\n", "GET /a?b=c HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("http://origin.test/", "GET / HTTP/1.1\r\nhost: here\r\nX: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: origin.test\r\nX: y\r\n\r\n")]
    [InlineData("http://origin.test/app", "GET /a?b=c HTTP/1.1\r\nHost: here\r\n\r\n", "GET /app/a?b=c HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("http://origin.test/app/", "GET / HTTP/1.1\r\nHost: here\r\n\r\n", "GET /app/ HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("http://origin.test/app", "OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("http://origin.test", "GET http://other.test/a HTTP/1.1\r\nHost: other.test\r\n\r\n", "GET /a HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    public async Task Request_GoesToTheServer(string url, string request, string expected)
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = [$"reverse:{url}"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal(expected, (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task KeepHost_LeavesIt()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["reverse:http://origin.test"], KeepHost = true });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: here:8080\r\n\r\n");
        await client.ReadMessageAsync();

        Assert.Equal("GET / HTTP/1.1\r\nHost: here:8080\r\n\r\n", (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task Redirect_IsLeftAsItIs()
    {
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 302 Found\r\nLocation: http://origin.test/next\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["reverse:http://origin.test"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: here\r\n\r\n");

        Assert.Contains("\r\nLocation: http://origin.test/next\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_IsRefused()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["reverse:http://origin.test"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://origin.test", "1.1")]
    [InlineData("http://origin.test", "2.0")]
    [InlineData("https://origin.test", "1.1")]
    [InlineData("https://origin.test/app", "2.0")]
    public async Task TlsOnTheSamePort_IsEndedWithALeafForItsName(string url, string version)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync($"{context.Request.Scheme} {context.Request.Host} {context.Request.Path}"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Mode = [$"reverse:{url}"] } });
        using var client = Direct(proxy, Version.Parse(version));
        var uri = new Uri(url);

        Assert.Equal($"{uri.Scheme} origin.test {uri.AbsolutePath.TrimEnd('/')}/x", await client.GetStringAsync("https://service.test/x"));
    }

    [Fact]
    public async Task GivenCertificate_IsShown()
    {
        using var root = TestAuthority.New("root");
        using var leaf = root.Issue("service.test");
        var folder = Directory.CreateTempSubdirectory("modes-cert-").FullName;
        try
        {
            root.WriteTo(folder);
            var rootPath = Path.Combine(folder, "root.pem");
            File.Move(Path.Combine(folder, "ca.pem"), rootPath);
            leaf.WriteTo(folder);
            var listener = new ListenerOptions { Mode = "reverse:http://origin.test", Cert = Path.Combine(folder, "ca.pem"), Key = Path.Combine(folder, "ca-key.pem") };
            await using var origin = RawOrigin.StartAnswering(Response);
            await using var proxy = await StartAsync(origin, new ProxyOptions { Listeners = [listener] });
            await using var client = await proxy.ConnectAsync();

            await client.StartTlsAsync("service.test", rootPath, "h2", "http/1.1");

            Assert.Equal("h2", client.ApplicationProtocol);
            Assert.Equal(leaf.Certificate.Thumbprint, client.RemoteCertificate!.Thumbprint);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task CertificateThatCannotBeUsed_NamesTheListener()
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions
        {
            Listeners = [new ListenerOptions { Mode = "reverse:http://origin.test", Cert = "/nowhere/cert.pem" }],
        }));

        Assert.StartsWith("listeners[0]: /nowhere/cert.pem: cannot be read (there is no such file).", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientHelloDeniedByAnAddon_IsAnsweredWithAnAlert()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Proxy = new ProxyOptions { Mode = ["reverse:https://origin.test"] },
            Addons = [new Denying()],
        });
        await using var client = await proxy.ConnectAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync("service.test", proxy.RootCertificatePath));
        Assert.Empty(origin.Connections);
    }

    [Fact]
    public async Task WebSocket_PassesAndIsSeen()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\u0081\u0002hi");
            await connection.ReadToEndAsync();
        });
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["reverse:http://origin.test"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /chat HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("\u0081\u0002hi", await client.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task Addons_SeeTheServerAndTheMode()
    {
        var seen = "";
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Proxy = new ProxyOptions { Mode = ["reverse:http://origin.test/app"] },
            Addons = [new Watching(flow => seen = $"{flow.Client.Mode} {flow.Request.Url}")],
        });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /a HTTP/1.1\r\nHost: here\r\n\r\n");
        await client.ReadMessageAsync();

        Assert.Equal("Reverse http://origin.test/app/a", seen);
    }

    [Fact]
    public async Task WhatIsNotHttp_IsRefused()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["reverse:http://origin.test"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("\u0001\u0002\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    /// <summary>A client that takes the proxy for the server.</summary>
    private static HttpClient Direct(TestProxy proxy, Version version)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(proxy.RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(proxy.EndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options });

    private sealed class Denying : Addon
    {
        public override ValueTask OnTlsClientHelloAsync(TlsClientHello hello)
        {
            if (hello is { ServerName: "service.test", Host: "origin.test" }) hello.Deny("no");
            return default;
        }
    }

    private sealed class Watching(Action<HttpFlow> see) : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            see(flow);
            return default;
        }
    }
}
