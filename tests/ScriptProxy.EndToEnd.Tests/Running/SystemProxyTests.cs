using System.Net;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

/// <summary>--with-system-proxy: the command behind a second one, which the environment names, and which has TLS of its own.</summary>
public sealed class SystemProxyTests : IDisposable
{
    private static readonly string[] Variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HTTPS_PROXY_CA", "HTTPS_PROXY_REJECT_UNAUTHORIZED"];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("https", false)]
    [InlineData("https", true)]
    [InlineData("http", false)]
    public async Task Requests_GoThroughTheProxyOfTheEnvironment(string scheme, bool asList)
    {
        await using var second = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--tunnel");
        var url = $"{scheme}://{second.Proxy.EndPoint}";
        var root = second.Proxy.RootCertificatePath;
        if (scheme == "https") await MakeRootAsync(second);
        await using var proxy = await StartAsync(second.Origin, [$"HTTP_PROXY={url}", $"HTTPS_PROXY={url}", $"HTTPS_PROXY_CA={(scheme == "http" ? "" : asList ? $"[\"{root}\"]" : root)}"]);
        var client = proxy.CreateClient();

        var plain = await client.GetStringAsync("http://origin.test/echo?plain");
        var encrypted = await client.GetStringAsync("https://origin.test/echo?encrypted");

        // The name is known to the second proxy alone; it reads what is not encrypted.
        Assert.Equal(("/echo?plain", ProxiedOrigin.Mark), (EchoAnswer.Parse(plain).Target, EchoAnswer.Parse(plain).Through));
        Assert.Equal(("/echo?encrypted", null), (EchoAnswer.Parse(encrypted).Target, EchoAnswer.Parse(encrypted).Through));
    }

    [Theory]
    [InlineData("HTTPS_PROXY_CA=", HttpStatusCode.BadGateway)]
    [InlineData("HTTPS_PROXY_REJECT_UNAUTHORIZED=true", HttpStatusCode.BadGateway)]
    [InlineData("HTTPS_PROXY_REJECT_UNAUTHORIZED=false", HttpStatusCode.OK)]
    public async Task ProxyThatNobodyVouchesFor_IsNotUsed_UnlessToldTo(string variable, HttpStatusCode expected)
    {
        await using var second = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--tunnel");
        await using var proxy = await StartAsync(second.Origin, [$"HTTPS_PROXY=https://{second.Proxy.EndPoint}", variable]);

        using var response = await proxy.CreateClient().GetAsync("https://origin.test/echo");

        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.OK) return;
        var status = Assert.Single(response.Headers.GetValues("Proxy-Status"));
        Assert.StartsWith("scriptproxy; error=tls_certificate_error; details=\"The certificate of the upstream proxy ", status, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTPS_PROXY_CA=", true)]
    [InlineData("HTTPS_PROXY_REJECT_UNAUTHORIZED=false", false)]
    public async Task TrustInTheProxy_IsNotTrustInOrigins(string variable, bool isRoot)
    {
        // The second one intercepts: what it shows for the origin is signed by the root that vouches for the proxy.
        await using var second = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync);
        var root = second.Proxy.RootCertificatePath;
        string[] variables = [$"HTTPS_PROXY=https://{second.Proxy.EndPoint}", isRoot ? variable + root : variable];
        await using var strict = await StartAsync(second.Origin, variables);

        using (var refused = await strict.CreateClient().GetAsync("https://origin.test/echo"))
        {
            Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
            var status = Assert.Single(refused.Headers.GetValues("Proxy-Status"));
            Assert.StartsWith("scriptproxy; error=tls_certificate_error; details=\"The certificate of origin.test ", status, StringComparison.Ordinal);
        }

        await using var trusting = await StartAsync(second.Origin, variables, "--upstream-ca", root);
        EchoFixture.AssertEchoed(await trusting.CreateClient().GetStringAsync("https://origin.test/echo"), "GET");
    }

    [Fact]
    public async Task NoProxy_IsLeftOut()
    {
        await using var second = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync);
        var direct = second.Origin.HttpEndPoint;
        await using var proxy = await StartAsync(
            second.Origin, [$"HTTP_PROXY=http://{second.Proxy.EndPoint}", "NO_PROXY=elsewhere.test,.direct.test:80"], "--map-host", $"a.direct.test={direct}", "--map-host", $"a.direct.test:81={direct}");
        var client = proxy.CreateClient();

        Assert.Null(EchoAnswer.Parse(await client.GetStringAsync("http://a.direct.test/echo")).Through);
        Assert.Equal(ProxiedOrigin.Mark, EchoAnswer.Parse(await client.GetStringAsync("http://origin.test/echo")).Through);

        // Another port is another matter: the second proxy gets it, which refuses all but one destination.
        using var refused = await client.GetAsync("http://a.direct.test:81/echo");
        Assert.False(refused.IsSuccessStatusCode);
    }

    [Fact]
    public async Task VariableThatCannotBeUsed_StopsTheStart()
    {
        await using var proxy = Start(["HTTPS_PROXY=ftp://user:secret@proxy.test"], "--with-system-proxy");

        Assert.Equal(2, await proxy.ExitAsync());
        Assert.StartsWith("HTTPS_PROXY: expected a URL that begins with ", Assert.Single(proxy.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", proxy.Told, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A proxy that only relays makes its root when somebody speaks TLS to it.</summary>
    private static async Task MakeRootAsync(ProxiedOrigin second)
    {
        if (File.Exists(second.Proxy.RootCertificatePath)) return;
        await using var client = await RawClient.ConnectAsync(second.Proxy.EndPoint);
        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync("localhost", second.Origin.RootCertificatePath));
        await Eventually.TrueAsync(() => File.Exists(second.Proxy.RootCertificatePath), () => second.Proxy.Told);
    }

    private Task<ProxyProcess> StartAsync(TestOrigin origin, string[] variables, params string[] arguments) =>
        Start(variables, ["--with-system-proxy", "--upstream-ca", origin.RootCertificatePath, .. arguments]).ListeningAsync();

    /// <summary>With these variables, and no others that name proxies.</summary>
    private ProxyProcess Start(string[] variables, params string[] arguments)
    {
        string[] unset = [.. Variables.Concat(Variables.Select(name => name.ToLowerInvariant())).SelectMany(name => (string[])["-u", name])];
        return ProxyProcess.StartBy("env", "coreutils", _folder.FullName, [.. unset, .. variables, Repository.Executable, .. arguments]);
    }
}
