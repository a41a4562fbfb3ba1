using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Flows;

public sealed class CertificatePagesTests
{
    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task Page_IsServedToClientsOfTheProxy(string scheme, string version)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://scriptproxy.internal/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("default-src 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        using var root = X509CertificateLoader.LoadCertificateFromFile(proxy.RootCertificatePath);
        Assert.Contains(root.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), page.Replace(":", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryLinkOfThePage_LeadsToAFile()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        using var client = proxy.CreateClient();
        var page = await client.GetStringAsync("http://scriptproxy.internal/");

        var links = page.Split("href=\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]).ToList();

        Assert.Equal(4, links.Count);
        foreach (var link in links) Assert.NotEmpty(await client.GetByteArrayAsync("http://scriptproxy.internal" + link));
    }

    [Fact]
    public async Task Downloads_AreTheRootCertificate()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        using var client = proxy.CreateClient();
        using var root = X509CertificateLoader.LoadCertificateFromFile(proxy.RootCertificatePath);

        using var pem = X509Certificate2.CreateFromPem(await client.GetStringAsync("http://scriptproxy.internal/scriptproxy-ca.pem"));
        using var der = X509CertificateLoader.LoadCertificate(await client.GetByteArrayAsync("http://scriptproxy.internal/scriptproxy-ca.cer"));
        var profile = XDocument.Parse(await client.GetStringAsync("http://scriptproxy.internal/scriptproxy-ca.mobileconfig"));

        Assert.Equal(root.Thumbprint, pem.Thumbprint);
        Assert.Equal(root.Thumbprint, der.Thumbprint);
        Assert.Equal(root.RawData, Convert.FromBase64String(profile.Descendants("data").Single().Value));
    }

    [Theory]
    [InlineData("scriptproxy-ca.pem", "application/x-x509-ca-cert")]
    [InlineData("scriptproxy-ca.cer", "application/x-x509-ca-cert")]
    [InlineData("scriptproxy-ca.p12", "application/x-pkcs12")]
    [InlineData("scriptproxy-ca.mobileconfig", "application/x-apple-aspen-config")]
    public async Task Head_TellsTheTypeAndSendsNothing(string file, string type)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        using var request = new HttpRequestMessage(HttpMethod.Head, $"http://scriptproxy.internal/{file}");

        using var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Content.Headers.ContentLength > 0);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("POST", "/", 405)]
    [InlineData("DELETE", "/scriptproxy-ca.pem", 405)]
    [InlineData("GET", "/ca-key.pem", 404)]
    [InlineData("GET", "/../ca-key.pem", 404)]
    public async Task AnythingElse_IsRefused(string method, string path, int expected)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://scriptproxy.internal" + path) { Content = method == "POST" ? new StringContent("x") : null };

        using var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task AnotherName_TakesThePlaceOfTheUsualOne()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync("origin"u8.ToArray()).AsTask());
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { CertificateHost = "Trust.Me" } });

        Assert.Contains("root certificate", await proxy.CreateClient().GetStringAsync("http://trust.me/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.CreateClient().GetAsync("http://scriptproxy.internal/")).StatusCode);
    }

    [Fact]
    public async Task None_TurnsItOff()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { CertificateHost = "none" });

        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.CreateClient().GetAsync("http://scriptproxy.internal/")).StatusCode);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("host:80")]
    [InlineData("http://host")]
    public void NameThatIsNone_IsRefused(string name) =>
        Assert.Contains(new ProxyOptions { CertificateHost = name }.Validate(), problem => problem.StartsWith($"--certificate-host \"{name}\": expected a host name", StringComparison.Ordinal));
}
