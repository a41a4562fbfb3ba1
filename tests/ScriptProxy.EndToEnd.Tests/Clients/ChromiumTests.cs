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
        await TrustAsync(proxied.Proxy);

        var page = await BrowseAsync(proxied.Proxy);

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
        await TrustAsync(proxied.Proxy);

        var page = await BrowseAsync(proxied.Proxy, $"https://localhost:{proxied.Proxy.EndPoint.Port}");

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

        Assert.DoesNotContain("<li>", await BrowseAsync(proxied.Proxy), StringComparison.Ordinal);
        Assert.Equal(0, proxied.Origin.RequestCount);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("<li>([a-z]+)=([^<]*)</li>")]
    private static partial Regex Results();

    /// <summary>Puts the root into the database where Chromium looks for roots of its user.</summary>
    private async Task TrustAsync(ProxyProcess proxy)
    {
        Directory.CreateDirectory(_folder.PathOf(".pki/nssdb"));
        var certutil = new ClientProgram("certutil", "libnss3-tools", _folder.FullName);
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-N", "--empty-password")).Succeeded();
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-A", "-t", "C,,", "-n", "scriptproxy", "-i", proxy.RootCertificatePath)).Succeeded();
    }

    /// <returns>The page as it is when all of it has loaded.</returns>
    private async Task<string> BrowseAsync(ProxyProcess proxy, string? server = null)
    {
        var chromium = new ClientProgram(["chromium", "chromium-browser", "google-chrome"], "chromium", _folder.FullName);
        var run = await chromium.RunAsync(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={_folder.PathOf("profile")}", $"--proxy-server={server ?? $"{proxy.EndPoint}"}", "--dump-dom", "https://origin.test/");
        return run.Succeeded().Output;
    }
}
