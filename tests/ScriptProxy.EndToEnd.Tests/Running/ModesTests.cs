using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

/// <summary>Every way in, with curl: what docs/modes.md says.</summary>
public sealed class ModesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Socks5_ByName(string flag)
    {
        await using var proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--mode", "socks5");

        var run = await CurlAsync(proxied, flag, "--socks5-hostname", $"{proxied.Proxy.EndPoint}", "https://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Fact]
    public async Task Socks5_ByAddressWithUserAndPassword()
    {
        await using var origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        _folder.Write("lead.csx", $$"""
            void OnConnect(ConnectFlow connect)
            {
                if (connect is { Host: "192.0.2.1", Port: 443, Client: { Mode: ProxyMode.Socks5, User: "ann" } }) (connect.Host, connect.Port) = ("127.0.0.1", {{origin.HttpsEndPoint.Port}});
                else connect.Deny("Tests stay on this machine.");
            }
            """);
        await using var proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName, "-s", "lead.csx", "--mode", "socks5", "--proxy-auth", "ann:secret", "--upstream-ca", origin.RootCertificatePath);
        string[] arguments = ["--socks5", $"{proxy.EndPoint}", "--cacert", proxy.RootCertificatePath, "--resolve", "origin.test:443:192.0.2.1", "https://origin.test/echo"];

        var run = await Curl().RunAsync(["--silent", "--show-error", "--proxy-user", "ann:secret", .. arguments]);
        var refused = await Curl().RunAsync(["--silent", "--show-error", "--proxy-user", "ann:wrong", .. arguments]);

        Assert.Equal("GET", EchoAnswer.Parse(run.Succeeded().Output).Method);
        Assert.Equal(97, refused.ExitCode);
        Assert.DoesNotContain("secret", proxy.Told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task ProxyOverTls_IsTlsInTls(string flag)
    {
        await using var proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync);

        var run = await CurlAsync(proxied, flag, "--proxy", $"https://{proxied.Proxy.EndPoint}", "--proxy-cacert", proxied.Proxy.RootCertificatePath, "https://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Fact]
    public async Task ProxyAuthentication_LoopsOnOneConnection()
    {
        var users = await new ClientProgram("sh", "dash", _folder.FullName).RunAsync("-c", $"echo secret | '{Repository.Executable}' hash-password ann");
        await using var proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--proxy-auth-file", _folder.Write("users", users.Succeeded().Output));

        var run = await CurlAsync(proxied, "--verbose", "--proxy-anyauth", "--proxy-user", "ann:secret", "--proxy", proxied.Proxy.Url, "https://origin.test/echo");
        var wrong = await CurlAsync(proxied, "--proxy-user", "ann:wrong", "--proxy", proxied.Proxy.Url, "https://origin.test/echo", "--write-out", "%{http_connect}");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
        Assert.Contains("< HTTP/1.1 407 ", run.Errors, StringComparison.Ordinal);
        Assert.Equal("407", wrong.Output);
    }

    [Theory]
    [InlineData("http", "--http1.1")]
    [InlineData("http", "--http2-prior-knowledge")]
    [InlineData("https", "--http1.1")]
    [InlineData("https", "--http2")]
    public async Task Reverse_StandsForItsServer(string scheme, string flag)
    {
        await using var proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--mode", "reverse:http://origin.test/under");

        var run = await CurlAsync(proxied, flag, "--resolve", $"service.test:{proxied.Proxy.EndPoint.Port}:127.0.0.1", $"{scheme}://service.test:{proxied.Proxy.EndPoint.Port}/echo");

        Assert.Equal("/under/echo", EchoFixture.AssertEchoed(run.Succeeded().Output, "GET").Target);
    }

    [Fact]
    public async Task UnixSocket_IsServed()
    {
        var path = Path.Combine(_folder.FullName, "proxy.sock");
        await using var proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync, "--mode", "regular", "--mode", $"reverse:http://origin.test@unix:{path}");

        var run = await CurlAsync(proxied, "--unix-socket", path, "http://anything/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Fact]
    public async Task SystemdSocket_IsTaken()
    {
        var path = _folder.PathOf("web.sock");
        await using var activated = ProxyProcess.StartBy("systemd-socket-activate", "systemd", _folder.FullName, $"--listen={path}", "--fdname=web", "-E", "SCRIPTPROXY_CA_DIR", "-E", "HOME", Repository.Executable, "--listen", "systemd:web");
        await Eventually.TrueAsync(() => File.Exists(path), () => activated.Told);

        var run = await Curl().RunAsync("--silent", "--show-error", "--unix-socket", path, "http://proxy/");

        Assert.Contains("<h1>ScriptProxy</h1>", run.Succeeded().Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static Task<ProgramRun> CurlAsync(ProxiedOrigin proxied, params string[] arguments) =>
        new ClientProgram("curl", "curl", proxied.Folder.FullName).RunAsync(["--silent", "--show-error", "--cacert", proxied.Proxy.RootCertificatePath, .. arguments]);

    private ClientProgram Curl() => new("curl", "curl", _folder.FullName);
}
