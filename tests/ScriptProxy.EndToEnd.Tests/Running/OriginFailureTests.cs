using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class OriginFailureTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ProxyProcess _proxy = null!;

    public async Task InitializeAsync() =>
        _proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "--upstream-ca", TestAuthority.SharedPemPath);

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task DeadOrigin_Is502(string scheme, string version)
    {
        // Bound but not listening: the port is nobody else's, and refuses.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await AssertRefusedAsync($"{scheme}://{socket.LocalEndPoint}/", version, "connection_refused", $"{socket.LocalEndPoint} refused the connection.");
    }

    [Fact]
    public async Task UnknownHost_Is502() =>
        await AssertRefusedAsync("https://no-such-host.invalid/", "1.1", "dns_error", "no-such-host.invalid could not be resolved");

    [Fact]
    public async Task ExpiredCertificate_Is502AndTheOriginIsNotAsked()
    {
        var (begin, end) = (DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(-2));
        using var certificate = TestAuthority.Shared.Issue(["localhost"], begin, end);

        await AssertNotAskedAsync(certificate, $"expired on {end:yyyy-MM-dd}");
    }

    [Fact]
    public async Task CertificateOfAnotherHost_Is502AndTheOriginIsNotAsked()
    {
        using var certificate = TestAuthority.Shared.Issue("elsewhere.test");

        await AssertNotAskedAsync(certificate, "elsewhere.test");
    }

    [Fact]
    public async Task SelfSignedCertificate_Is502AndTheOriginIsNotAsked()
    {
        using var certificate = TestAuthority.NewSelfSigned("localhost");

        await AssertNotAskedAsync(certificate, "self-signed");
    }

    [Fact]
    public async Task CertificateOfAnUnknownRoot_Is502AndTheOriginIsNotAsked()
    {
        using var root = TestAuthority.New("Nobody");
        using var certificate = root.Issue("localhost");

        await AssertNotAskedAsync(certificate, "The certificate of localhost");
    }

    private async Task AssertNotAskedAsync(TestAuthority certificate, string reason)
    {
        await using var origin = await TestOrigin.StartAsync(
            new TestOriginOptions { Certificate = certificate }, context => context.Response.WriteAsync("This must not be seen."));

        foreach (var version in new[] { "1.1", "2.0" })
            await AssertRefusedAsync($"https://localhost:{origin.HttpsEndPoint.Port}/?secret-path", version, "tls_certificate_error", reason);
        Assert.Equal(0, origin.RequestCount);
    }

    private async Task AssertRefusedAsync(string url, string version, string error, string reason)
    {
        using var client = _proxy.CreateClient(Version.Parse(version));
        using var request = new HttpRequestMessage(HttpMethod.Get, url);

        // Plain HTTP is not spoken in HTTP/2 to a proxy.
        request.Version = Version.Parse(url.StartsWith("https", StringComparison.Ordinal) ? version : "1.1");
        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains($"error={error}", Assert.Single(response.Headers.GetValues("Proxy-Status")), StringComparison.Ordinal);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
