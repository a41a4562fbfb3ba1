using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Traffic through an HTTP proxy: what that proxy is sent, and that what it answers arrives.</summary>
public sealed class HttpProxyTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("GET http://origin.test/a?b=c HTTP/1.1\r\nHost: origin.test\r\nX-Order: 1\r\n\r\n", "GET http://origin.test/a?b=c HTTP/1.1\r\nHost: origin.test\r\nX-Order: 1\r\n\r\n")]
    [InlineData("GET http://origin.test HTTP/1.1\r\nHost: origin.test\r\n\r\n", "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("GET http://origin.test:8080/ HTTP/1.1\r\nHost: origin.test:8080\r\n\r\n", "GET http://origin.test:8080/ HTTP/1.1\r\nHost: origin.test:8080\r\n\r\n")]
    [InlineData("GET http://[2001:db8::1]/ HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "GET http://[2001:db8::1]/ HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n")]
    [InlineData("OPTIONS http://origin.test HTTP/1.1\r\nHost: origin.test\r\n\r\n", "OPTIONS http://origin.test HTTP/1.1\r\nHost: origin.test\r\n\r\n")]
    [InlineData("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 2\r\n\r\nhi", "POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 2\r\n\r\nhi")]
    public async Task PlainRequest_IsHandedOverWithItsWholeUrl(string request, string expected)
    {
        await using var upstream = RawOrigin.StartAnswering(Ok);
        await using var proxy = await StartAsync($"http://{upstream.EndPoint}");
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(request);

        Assert.Equal(Ok, await client.ReadMessageAsync());
        Assert.Equal(expected, upstream.Connections.Single().ReceivedText);
    }

    [Fact]
    public async Task Credentials_GoToTheProxyAlone()
    {
        await using var upstream = RawOrigin.StartAnswering(Ok);
        await using var proxy = await StartAsync($"http://us%40er:p%3Aass@{upstream.EndPoint}", "void OnRequest(HttpFlow flow) { if (flow.Request.Headers.Contains(\"Proxy-Authorization\")) flow.Abort(); }");
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: Basic Y2xpZW50Om93bg==\r\n\r\n");

        Assert.Equal(Ok, await client.ReadMessageAsync());
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes("us@er:p:ass"));
        Assert.Equal($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: Basic {credentials}\r\n\r\n", upstream.Connections.Single().ReceivedText);
        var record = await proxy.WaitForFlowAsync();
        Assert.DoesNotContain(record.RequestHeaders, header => header.Value.Contains(credentials, StringComparison.Ordinal));
        Assert.DoesNotContain(proxy.LogLines, line => line.Contains(credentials, StringComparison.Ordinal) || line.Contains("ass@", StringComparison.Ordinal));
        Assert.Equal($"http://{upstream.EndPoint} (--upstream)", record.Upstream);
    }

    [Fact]
    public async Task RequestsOfOneClient_ShareTheConnectionToTheProxy()
    {
        await using var upstream = RawOrigin.StartAnswering(Ok);
        await using var proxy = await StartAsync($"http://{upstream.EndPoint}");
        await using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
            await client.ReadMessageAsync();
        }

        Assert.Single(upstream.Connections);
    }

    [Fact]
    public async Task PlainUpgrade_GoesThroughATunnel()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            Assert.Equal("CONNECT origin.test:80 HTTP/1.1\r\nHost: origin.test:80\r\n\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
            Assert.StartsWith("GET /chat HTTP/1.1\r\n", await connection.ReadHeadAsync(), StringComparison.Ordinal);
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\nhello");
            await connection.HasMoreAsync();
        });
        await using var proxy = await StartAsync($"http://{upstream.EndPoint}");
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://origin.test/chat HTTP/1.1\r\nHost: origin.test\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("hello", await client.ReadExactlyAsync(5));
    }

    [Fact]
    public async Task BytesAfterTheAnswerToConnect_AreTheDestinations()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.0 200 Connection established\r\nVia: x\r\nContent-Length: 5\r\n\r\nSSH-2.0 hello\r\n");
            Assert.Equal("hi", await connection.ReadExactlyAsync(2));
        });
        await using var proxy = await StartAsync($"http://{upstream.EndPoint}", "void OnConnect(ConnectFlow connect) => connect.Tunnel();");
        await using var client = await proxy.TunnelAsync("origin.test:22");

        Assert.Equal("SSH-2.0 hello\r\n", await client.ReadExactlyAsync(15));
        await client.SendAsync("hi");
    }

    [Fact]
    public async Task InformationalAnswers_AreSkipped()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nready");
        });
        await using var proxy = await StartAsync($"http://{upstream.EndPoint}", "void OnConnect(ConnectFlow connect) => connect.Tunnel();");
        await using var client = await proxy.TunnelAsync("origin.test:22");

        Assert.Equal("ready", await client.ReadExactlyAsync(5));
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task ChainOfTwo_ReachesTheOrigin(string scheme, string version)
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync() + " of " + context.Request.Host);
        });
        await using var second = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Tunnel = true } });
        await using var proxy = await StartAsync($"http://{second.EndPoint}");
        var client = proxy.CreateClient(Version.Parse(version));

        for (var i = 0; i < 3; i++)
        {
            using var response = await client.PostAsync($"{scheme}://origin.test/", new StringContent($"body {i}"));
            Assert.Equal($"body {i} of origin.test", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal($"http://{second.EndPoint} (--upstream)", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task ProxyWithTls_IsVerifiedByItsOwnRootsAlone(string scheme)
    {
        using var root = TestAuthority.New("proxy root");
        using var certificate = root.Issue("localhost");
        var directory = TemporaryFiles.NewDirectory();
        root.WriteTo(directory);
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var relay = RelayProxy.Start(certificate, origin);
        var options = new ProxyOptions
        {
            Routes = [new RouteOptions { Hosts = ["origin.test"], Via = "corp" }],
            Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = $"https://localhost:{relay.EndPoint.Port}", Ca = [Path.Combine(directory, "ca.pem")] } },
        };
        await using var proxy = await TestProxy.StartAsync(options);

        Assert.Equal("through", await proxy.CreateClient().GetStringAsync($"{scheme}://origin.test/"));
        Assert.Equal("corp (routes[0])", (await proxy.WaitForFlowAsync()).Upstream);
        TemporaryFiles.Delete(directory);
    }

    [Fact]
    public async Task RootsOfAProxy_SayNothingOfOrigins()
    {
        using var root = TestAuthority.New("proxy root");
        using var certificate = root.Issue("origin.test");
        var directory = TemporaryFiles.NewDirectory();
        root.WriteTo(directory);
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Certificate = certificate }, _ => throw new InvalidOperationException("Nobody was to come here."));
        using var shown = root.Issue("localhost");
        await using var relay = RelayProxy.Start(shown, origin);
        var options = new ProxyOptions
        {
            Routes = [new RouteOptions { Hosts = ["*"], Via = "corp" }],
            Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = $"https://localhost:{relay.EndPoint.Port}", Ca = [Path.Combine(directory, "ca.pem")] } },
        };
        await using var proxy = await TestProxy.StartAsync(options);

        using var response = await proxy.CreateClient().GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("error=tls_certificate_error", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        TemporaryFiles.Delete(directory);
    }

    [Fact]
    public async Task RootsOfOrigins_SayNothingOfProxies_AndVerifyFalseTakesAny()
    {
        using var certificate = TestAuthority.Shared.Issue("localhost");
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var relay = RelayProxy.Start(certificate, origin);
        var strict = new UpstreamOptions { Url = $"https://localhost:{relay.EndPoint.Port}" };
        var options = new ProxyOptions
        {
            Routes = [new RouteOptions { Hosts = ["origin.test:80"], Via = "strict" }, new RouteOptions { Hosts = ["origin.test:443"], Via = "loose" }],
            Upstreams = new Dictionary<string, UpstreamOptions> { ["strict"] = strict, ["loose"] = strict with { Verify = false } },
        };
        await using var proxy = await TestProxy.StartAsync(options);
        var client = proxy.CreateClient();

        using var refused = await client.GetAsync("http://origin.test/");

        Assert.Contains("The certificate of the upstream proxy strict (https://localhost:", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("through", await client.GetStringAsync("https://origin.test/"));
    }

    [Theory]
    [InlineData("missing.pem", "upstreams.corp.ca missing.pem: cannot be read (there is no such file). Name a PEM file with root certificates.")]
    public async Task RootsThatCannotBeRead_StopTheStart(string file, string expected)
    {
        var options = new ProxyOptions { Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = "https://proxy.example", Ca = [file] } } };

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(options));

        Assert.Equal(expected, exception.Message);
    }

    [Theory]
    [InlineData("--upstream", "http://127.0.0.1:{0}")]
    [InlineData("--upstream", "http://localhost:{0}")]
    [InlineData("--upstream", "socks5://other.name.test:{0}")]
    public async Task UpstreamThatIsThisProxyItself_StopsTheStart(string place, string url)
    {
        using var free = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Dispose();
        var options = new ProxyOptions { Listen = $"127.0.0.1:{port}", Upstream = string.Format(null, url, port), MapHost = ["other.name.test=127.0.0.1"] };

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(options));

        Assert.Equal($"{place}: {string.Format(null, url, port)} is this proxy itself, so that requests would go round in circles. Name another proxy, or listen on another port.", exception.Message);
    }

    internal static Task<TestProxy> StartAsync(string url, string? script = null, ProxyOptions? options = null) =>
        TestProxy.StartAsync(new TestProxyOptions { Proxy = (options ?? new ProxyOptions()) with { Upstream = url }, Script = script });
}
