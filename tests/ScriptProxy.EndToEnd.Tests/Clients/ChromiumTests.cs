using System.Net;
using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed partial class ChromiumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("h2")]
    [InlineData("http/1.1")]
    public async Task Page_LoadsFetchesPostsAndTalksThroughTheProxy(string protocol)
    {
        await using var proxied = await ProxiedOrigin.StartAsync(new ChromiumOrigin().AnswerAsync, protocol == "h2" ? [] : ["--no-http2"]);
        var chromium = new ChromiumBrowser(_folder);
        await chromium.TrustAsync(proxied.Proxy);

        var page = await chromium.BrowseAsync(proxied.Proxy, "https://origin.test/");

        var results = Results().Matches(page).ToDictionary(match => match.Groups[1].Value, match => WebUtility.HtmlDecode(match.Groups[2].Value));
        Assert.DoesNotContain("error", results);
        Assert.Equal(protocol, results["protocol"]);
        Assert.Equal("/echo?by=chromium", EchoFixture.AssertEchoed(results["get"], "GET").Target);
        Assert.Equal(3_000_000, EchoFixture.AssertEchoed(results["post"], "POST").BodyLength);
        Assert.Equal($"ping through {ProxiedOrigin.Mark}", results["websocket"]);
    }

    [Fact]
    public async Task Page_LoadsThroughTunnelsOnOneHttp2ConnectionToTheProxy()
    {
        await using var proxied = await ProxiedOrigin.StartAsync(new ChromiumOrigin().AnswerAsync);
        var chromium = new ChromiumBrowser(_folder);
        await chromium.TrustAsync(proxied.Proxy);

        var page = await chromium.BrowseAsync(proxied.Proxy, "https://origin.test/", server: $"https://localhost:{proxied.Proxy.EndPoint.Port}");

        var results = Results().Matches(page).ToDictionary(match => match.Groups[1].Value, match => WebUtility.HtmlDecode(match.Groups[2].Value));
        Assert.DoesNotContain("error", results);
        Assert.Equal("h2", results["protocol"]);
        Assert.Equal(3_000_000, EchoFixture.AssertEchoed(results["post"], "POST").BodyLength);
        Assert.Equal($"ping through {ProxiedOrigin.Mark}", results["websocket"]);
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        await using var proxied = await ProxiedOrigin.StartAsync(new ChromiumOrigin().AnswerAsync);

        Assert.DoesNotContain("<li>", await new ChromiumBrowser(_folder).BrowseAsync(proxied.Proxy, "https://origin.test/"), StringComparison.Ordinal);
        Assert.Equal(0, proxied.Origin.RequestCount);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("<li>([a-z]+)=([^<]*)</li>")]
    private static partial Regex Results();
}
