using System.Net;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Every way in which an HTTP proxy can fail ends in its own status, with Proxy-Status, and leaves no connection behind.</summary>
public sealed class HttpProxyFailureTests
{
    private static readonly ProxyOptions Impatient = new() { ConnectTimeout = TimeSpan.FromMilliseconds(200), HandshakeTimeout = TimeSpan.FromMilliseconds(200) };

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", 502, "proxy_configuration_error", "asks for credentials (407). Put them into its URL.")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", 403, "http_request_denied", "refused to connect to origin.test:443 (403).")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", 403, "http_request_denied", "refused to connect to origin.test:443 (400).")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n", 502, "destination_unavailable", "could not reach origin.test:443 (502).")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", 502, "destination_unavailable", "could not reach origin.test:443 (503).")]
    [InlineData("HTTP/1.1 504 Gateway Timeout\r\n\r\n", 504, "connection_timeout", "could not reach origin.test:443 in time (504).")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", 502, "http_protocol_error", "answered CONNECT with 302.")]
    [InlineData("", 502, "connection_terminated", "closed the connection when asked for origin.test:443.")]
    [InlineData("HTTP/1.1 200 O", 502, "connection_terminated", "closed the connection when asked for origin.test:443.")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", 502, "http_protocol_error", "has a status line that is not HTTP/1.1.")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n", 502, "http_protocol_error", "has a status line that is not HTTP/1.1.")]
    [InlineData("HTTP/1.1 200 OK\n\n", 502, "http_protocol_error", "has a line feed without carriage return.")]
    [InlineData("HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", 502, "http_protocol_error", "has ")]
    public async Task RefusedConnect_IsExplained(string answer, int status, string type, string details)
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(answer);
        });
        await using var proxy = await HttpProxyTests.StartAsync($"http://{upstream.EndPoint}");

        await AssertFailsAsync(proxy, "https://origin.test/", status, type, details);
        await TestDeadline.PollAsync(() => upstream.Connections is [var only] ? only : null, () => "There was more than one connection.");
    }

    [Fact]
    public async Task CredentialsNotAccepted_AreNotShown()
    {
        await using var upstream = RawOrigin.StartAnswering("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await HttpProxyTests.StartAsync($"http://user:secret@{upstream.EndPoint}");

        await AssertFailsAsync(proxy, "https://origin.test/", 502, "proxy_configuration_error", "did not accept its credentials (407).");
        Assert.DoesNotContain(proxy.LogLines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PlainRequestAnswered407_IsNotPassedOn()
    {
        await using var upstream = RawOrigin.StartAnswering("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await HttpProxyTests.StartAsync($"http://{upstream.EndPoint}");

        await AssertFailsAsync(proxy, "http://origin.test/", 502, "proxy_configuration_error", "asks for credentials (407). Put them into its URL.");
    }

    [Fact]
    public async Task HugeAnswer_IsCutOff()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n");
            for (var i = 0; i < 1000; i++) await connection.SendAsync($"X-{i}: {new string('x', 1000)}\r\n");
        });
        await using var proxy = await HttpProxyTests.StartAsync($"http://{upstream.EndPoint}", options: new ProxyOptions { MaxResponseHeadBytes = 8192 });

        await AssertFailsAsync(proxy, "https://origin.test/", 502, "http_protocol_error", "has a head longer than 8192 bytes (--max-response-head-bytes).");
    }

    [Fact]
    public async Task EndlessInformationalAnswers_AreCutOff()
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            for (var i = 0; i < 1000; i++) await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        });
        await using var proxy = await HttpProxyTests.StartAsync($"http://{upstream.EndPoint}");

        await AssertFailsAsync(proxy, "https://origin.test/", 502, "http_protocol_error", "has too many 1xx responses.");
    }

    [Theory]
    [InlineData("http", "did not answer in time when asked for origin.test:443.")]
    [InlineData("https", "did not finish the TLS handshake in time.")]
    [InlineData("socks5h", "did not answer in time when asked for origin.test:443.")]
    public async Task SilentProxy_IsGivenUpOn(string scheme, string details)
    {
        await using var upstream = RawOrigin.Start(async connection =>
        {
            while (await connection.HasMoreAsync()) connection.TakeAll();
        });
        await using var proxy = await HttpProxyTests.StartAsync($"{scheme}://{upstream.EndPoint}", options: Impatient);

        await AssertFailsAsync(proxy, "https://origin.test/", 504, "connection_timeout", details);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5h")]
    public async Task ProxyThatIsNotThere_IsNamed(string scheme)
    {
        await using var proxy = await HttpProxyTests.StartAsync($"{scheme}://127.0.0.1:1");

        await AssertFailsAsync(proxy, "http://origin.test/", 502, "connection_refused", $"The upstream proxy {scheme}://127.0.0.1:1 is not there: 127.0.0.1:1 refused the connection.");
    }

    [Fact]
    public async Task ProxyNameThatIsNone_IsNamed()
    {
        await using var proxy = await HttpProxyTests.StartAsync("http://no-such-proxy.invalid:3128");

        await AssertFailsAsync(proxy, "https://origin.test/", 502, "dns_error", "The upstream proxy http://no-such-proxy.invalid:3128 is not there: no-such-proxy.invalid could not be resolved");
    }

    [Fact]
    public async Task ProxyThatSpeaksNoTls_IsNamed()
    {
        await using var upstream = RawOrigin.Start(connection => connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"));
        await using var proxy = await HttpProxyTests.StartAsync($"https://{upstream.EndPoint}");

        await AssertFailsAsync(proxy, "http://origin.test/", 502, "tls_protocol_error", $"TLS with the upstream proxy https://{upstream.EndPoint} failed: ");
    }

    internal static async Task AssertFailsAsync(TestProxy proxy, string url, int status, string type, string details)
    {
        using var response = await proxy.CreateClient().GetAsync(url);

        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Contains($"error={type}", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        Assert.Contains(details, text, StringComparison.Ordinal);
        Assert.Equal(type, (await proxy.WaitForFlowAsync()).Error?.Type);
    }
}
