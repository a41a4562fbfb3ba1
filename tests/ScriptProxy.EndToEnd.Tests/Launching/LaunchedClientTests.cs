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

    [Fact]
    public async Task ChildrenOfChildren()
    {
        var run = await fixture.RunAsync("sh", "-c", "env -u CURL_CA_BUNDLE sh -c 'python3 -c \"import subprocess; subprocess.run([\\\"curl\\\", \\\"-sS\\\", \\\"https://origin.test/echo\\\"], check=True)\"'");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }
}
