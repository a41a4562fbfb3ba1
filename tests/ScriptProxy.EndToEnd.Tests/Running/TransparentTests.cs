using ScriptProxy.EndToEnd.Tests.Documents;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

/// <summary>A client, a router with the proxy, and a server, in network namespaces of their own: the rules of docs/modes.md.</summary>
public sealed class TransparentTests : IAsyncLifetime
{
    private const string OwnLoop = """
        table inet proxy {
            chain output {
                type nat hook output priority -100
                tcp dport 80 redirect to :8080
            }
        }
        """;

    private const string Script = """
        void OnConnect(ConnectFlow connect) { if (connect.Client.Mode != ProxyMode.Transparent) connect.Deny("wrong way"); }
        void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Through"] = flow.Request.Url;
        """;

    // Says what it was asked, on 80 and 443; speaks first on 7777.
    private const string Origin = """
        import http.server, socketserver, ssl, socket, threading

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                body = ("%s %s through %s\n" % (self.headers["Host"], self.path, self.headers["X-Through"])).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *args): pass

        class Greeting(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(b"220 ready\r\n")
                self.request.sendall(b"you said " + self.request.recv(100))

        class Server(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6
            daemon_threads = True
            allow_reuse_address = True

        plain, secure, greeting = Server(("::", 80), Answer), Server(("::", 443), Answer), Server(("::", 7777), Greeting)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("ca.pem", "ca-key.pem")
        secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
        for server in (plain, secure, greeting): threading.Thread(target=server.serve_forever).start()
        """;

    private readonly TemporaryFolder _folder = new();
    private TransparentNetwork _network = null!;
    private ProxyProcess _origin = null!;
    private ProxyProcess _proxy = null!;

    public async Task InitializeAsync()
    {
        _network = await TransparentNetwork.CreateAsync(_folder.FullName);
        using (var certificate = TestAuthority.Shared.Issue("origin.test", TransparentNetwork.ServerIpv4, TransparentNetwork.ServerIpv6)) certificate.WriteTo(_folder.FullName);
        _folder.Write("origin.py", Origin);
        _folder.Write("through.csx", Script);
        _origin = ProxyProcess.StartBy("ip", "iproute2", _folder.FullName, "netns", "exec", _network.Server, "python3", "origin.py");
        _proxy = await ProxyProcess.StartBy(
            "ip", "iproute2", _folder.FullName, "netns", "exec", _network.Router, Repository.Executable, "--mode", "transparent@[::]:8080", "--allow-remote-clients",
            "-s", "through.csx", "--upstream-ca", TestAuthority.SharedPemPath).ListeningAsync();
        await Eventually.TrueAsync(
            async () => (await _network.RunAsync(_network.Router, "curl", "--silent", "--max-time", "5", $"http://{TransparentNetwork.ServerIpv4}/")).ExitCode == 0,
            () => _origin.Told, Eventually.Patience);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
        if (_origin is not null) await _origin.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("redirect", TransparentNetwork.ServerIpv4)]
    [InlineData("redirect", TransparentNetwork.ServerIpv6)]
    [InlineData("tproxy", TransparentNetwork.ServerIpv4)]
    [InlineData("tproxy", TransparentNetwork.ServerIpv6)]
    public async Task RedirectedClient_IsServedWithoutKnowing(string rules, string server)
    {
        await _network.SetRulesAsync(Rules(rules));

        Assert.Equal("origin.test /a through http://origin.test/a\n", await CurlAsync("--resolve", $"origin.test:80:[{server}]", "http://origin.test/a"));
        Assert.Equal("origin.test /b through https://origin.test/b\n", await CurlAsync("--resolve", $"origin.test:443:[{server}]", "https://origin.test/b"));

        // Without a name, the address is the name: in the certificate, too.
        var literal = server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server;
        Assert.Equal($"{literal} /c through https://{literal}/c\n", await CurlAsync($"https://{literal}/c"));
        Assert.Equal("220 ready\r\nyou said hello\n", await CurlAsync($"telnet://{literal}:7777", "--upload-file", _folder.Write("hello", "hello\n")));
    }

    [Fact]
    public async Task HostThatIsMadeUp_DoesNotLeadElsewhere()
    {
        await _network.SetRulesAsync(Rules("redirect"));

        Assert.Equal("bank.test / through http://bank.test/\n", await CurlAsync("--header", "Host: bank.test", $"http://{TransparentNetwork.ServerIpv4}/"));
    }

    [Fact]
    public async Task ConnectionThatNobodyRedirected_IsClosed()
    {
        await _network.SetRulesAsync("");

        var run = await _network.RunAsync(_network.Client, "curl", "--silent", "--max-time", "20", $"http://{TransparentNetwork.RouterIpv4}:8080/");

        Assert.True(run.ExitCode is 52 or 56, $"curl: {run.ExitCode}");
        await _proxy.UntilLoggedAsync("where only redirected connections can be served");
    }

    [Fact]
    public async Task OwnConnectionsLedBack_AreCut()
    {
        await _network.SetRulesAsync(OwnLoop);

        var run = await _network.RunAsync(_network.Router, "curl", "--silent", "--max-time", "30", "--output", "/dev/null", "--write-out", "%{http_code}", $"http://{TransparentNetwork.ServerIpv4}/");

        Assert.Equal("502", run.Output);
        await _proxy.UntilLoggedAsync("was led back to it, and is cut");
    }

    /// <summary>The rules of the document that use a word, for the devices and ports that are here.</summary>
    private static string Rules(string word)
    {
        var block = Assert.Single(new MarkdownFile("docs/modes.md").Blocks("transparent"), block => block.Language == "nft" && block.Text.Contains($" {word} ", StringComparison.Ordinal));
        Assert.Contains("iifname \"eth1\"", block.Text, StringComparison.Ordinal);
        return block.Text.Replace("\"eth1\"", "\"c0\"", StringComparison.Ordinal).Replace("{ 80, 443 }", "{ 80, 443, 7777 }", StringComparison.Ordinal);
    }

    private async Task<string> CurlAsync(params string[] arguments) => (await _network.RunAsync(
        _network.Client, ["curl", "--silent", "--show-error", "--max-time", "30", "--cacert", _proxy.RootCertificatePath, .. arguments])).Succeeded().Output;
}
