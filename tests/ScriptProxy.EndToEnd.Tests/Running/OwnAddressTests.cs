using System.Net;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class OwnAddressTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ProxyProcess _proxy = null!;

    public async Task InitializeAsync() => _proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("http", "127.0.0.1")]
    [InlineData("http", "localhost")]
    [InlineData("http", "0.0.0.0")]
    [InlineData("http", "[::ffff:127.0.0.1]")]
    [InlineData("https", "127.0.0.1")]
    [InlineData("https", "localhost")]
    [InlineData("https", "0.0.0.0")]
    public async Task AsDestination_IsRefused(string scheme, string host)
    {
        using var client = _proxy.CreateClient();

        using var response = await client.GetAsync($"{scheme}://{host}:{_proxy.EndPoint.Port}/elsewhere");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("error=proxy_loop_detected", Assert.Single(response.Headers.GetValues("Proxy-Status")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsWebSite_ShowsAPage()
    {
        using var client = new HttpClient();

        Assert.Contains("<h1>ScriptProxy</h1>", await client.GetStringAsync(_proxy.Url), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThroughATunnel_IsCutWithoutAByte()
    {
        // Neither TLS nor HTTP: relayed unread, if it were not to the proxy itself.
        await using var client = await RawClient.TunnelAsync(_proxy.EndPoint, $"127.0.0.1:{_proxy.EndPoint.Port}");
        await client.SendAsync("\u0001\u0002\u0003");

        await client.IsResetAsync();

        Assert.EndsWith("\r\n\r\n", client.ReceivedText, StringComparison.Ordinal);
    }
}
