using ScriptProxy.EndToEnd.Tests.Clients;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Launching;

/// <summary>Real programs, with nothing set up for them but "scriptproxy -- PROGRAM": each verifies our certificate, and its requests pass the script.</summary>
public sealed class LaunchedClientTests(LaunchFixture fixture) : IClassFixture<LaunchFixture>
{
    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task Curl(string scheme)
    {
        var run = await fixture.RunAsync("curl", "--silent", "--show-error", "--fail", $"{scheme}://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
        Assert.Equal("", run.Errors);
    }

    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task Wget(string scheme)
    {
        var run = await fixture.RunAsync("wget", "--quiet", "--tries=1", "--output-document=-", $"{scheme}://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Theory]
    [InlineData("https", "https")]
    [InlineData("https", "agent")]
    [InlineData("https", "fetch")]
    [InlineData("http", "http")]
    [InlineData("http", "fetch")]
    public async Task Node(string scheme, string api) =>
        EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync(scheme, "node", "plain.mjs", [api]), api);

    [Fact]
    public async Task PythonUrllib() => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("python3", "client.py"), "HTTP/1.1");

    [Theory]
    [InlineData("HTTP_1_1")]
    [InlineData("HTTP_2")]
    public async Task JavaHttpClient(string version) => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("java", "Client.java", version), version);

    [Fact]
    public async Task JavaUrlConnection() => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("java", "UrlConnection.java"), "URLConnection");

    [Fact]
    public async Task Ruby() => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("ruby", "client.rb"), "HTTP/1.1");

    [Theory]
    [InlineData("tiny")]
    [InlineData("lwp")]
    public async Task Perl(string module) => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("perl", "client.pl", module), module);

    [Theory]
    [InlineData("curl")]
    [InlineData("streams")]
    public async Task Php(string module) => EchoFixture.AssertGetAndPost(await fixture.AskAndPostAsync("php", "client.php", module), module);

    [Fact]
    public async Task Go()
    {
        (string, string)[] variables =
        [
            ("GOPROXY", "off"), ("GOFLAGS", "-mod=mod"), ("GOTOOLCHAIN", "local"), ("GOCACHE", fixture.Folder.PathOf("go-cache")), ("GOPATH", fixture.Folder.PathOf("go-path")),
        ];

        var run = await fixture.RunAsync(variables, ["sh", "-c", "cd \"$0\" && exec go run . \"$@\"", TestProgram.PathOf("go"), "https://origin.test/echo", fixture.UploadPath]);

        EchoFixture.AssertGetAndPost(run, "HTTP/2.0");
    }

    [Theory]
    [InlineData("curl -sS")]
    [InlineData("wget -q -O -")]
    [InlineData("python3 -c 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())'")]
    [InlineData("node -e 'fetch(process.argv[1]).then(answer => answer.text()).then(console.log)'")]
    [InlineData("node -e 'require(\"http\").get(process.argv[1], answer => answer.pipe(process.stdout))'")]
    [InlineData("ruby -rnet/http -e 'puts Net::HTTP.get(URI(ARGV[0]))'")]
    public async Task ExemptHost_IsReachedDirectly(string command)
    {
        var run = await fixture.RunAsync("sh", "-c", $"{command} http://127.0.0.1:{fixture.Origin.HttpEndPoint.Port}/echo");

        Assert.Null(EchoAnswer.Parse(run.Succeeded().Output).Through);
        Assert.Contains("scriptproxy: nothing came through the proxy. ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("other.test", true)]
    [InlineData("origin.test:8443", true)]
    [InlineData("rigin.test", true)]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("origin.test", false)]
    [InlineData(".test", false)]
    [InlineData("*.test", false)]
    [InlineData("other.test, origin.test:443", false)]
    [InlineData("*", false)]
    public async Task NodeModule_ReadsNoProxyAsOthersDo(string noProxy, bool isProxied)
    {
        // A direct request fails, as no DNS knows the name: with both, fetch and https.
        const string Program = """
            const https = require('https');
            const direct = [];
            fetch('https://origin.test/echo').then(() => direct.push('proxy'), e => direct.push(e.cause.code))
              .then(() => https.get('https://origin.test/echo', a => a.resume().on('end', () => console.log(...direct, 'proxy'))).on('error', e => console.log(...direct, e.code)));
            """;
        var run = await fixture.RunAsync([("NO_PROXY", noProxy)], ["node", "-e", Program]);

        Assert.Equal(isProxied ? "proxy proxy" : "ENOTFOUND ENOTFOUND", run.Succeeded().Output.Trim().Replace("EAI_AGAIN", "ENOTFOUND", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NodeModule_GivesCredentials_AndTakesHeadersInAnyForm()
    {
        const string Program = """
            const http = require('http');
            http.get('http://origin.test/echo', { headers: ['Host', 'origin.test', 'X-Form', 'array'] }, a => a.on('data', d => process.stdout.write(d)));
            fetch('http://origin.test/echo', { headers: [['X-Form', 'pairs']] }).then(a => a.text()).then(t => console.log(t));
            fetch('https://origin.test/echo', { headers: new Headers({ 'X-Form': 'object' }) }).then(a => a.text()).then(t => console.log(t));
            """;
        var run = await fixture.Command().RunAsync("-s", "lead.csx", "--upstream-ca", fixture.Origin.RootCertificatePath, "--proxy-auth", "ada:p@ss/word", "--", "node", "-e", Program);

        foreach (var form in new[] { "array", "pairs", "object" }) Assert.Contains($"\"x-form\":\"{form}\"", run.Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("proxy-authorization", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_AreGivenToTheCommand()
    {
        var run = await fixture.Command().RunAsync("-s", "lead.csx", "--upstream-ca", fixture.Origin.RootCertificatePath, "--proxy-auth", "ada:p@ss/word", "--", "curl", "-sS", "https://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Fact]
    public async Task Terminal_IsTheCommands_AndCtrlCReachesItOnce()
    {
        var python = new ClientProgram("python3", "python3", fixture.Folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = fixture.CaFolder } };

        var run = await python.RunAsync(TestProgram.PathOf("terminal.py"), Repository.Executable, "-q", "--");

        Assert.Equal(["foreground True", "interrupted 1", "read a line, interrupted 1", "ended 5"], run.Succeeded().Lines.Where(line => !line.StartsWith('^') && line != "a line"));
    }

    [Fact]
    public async Task ChildrenOfChildren()
    {
        var run = await fixture.RunAsync("sh", "-c", "env -u CURL_CA_BUNDLE sh -c 'python3 -c \"import subprocess; subprocess.run([\\\"curl\\\", \\\"-sS\\\", \\\"https://origin.test/echo\\\"], check=True)\"'");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }
}
