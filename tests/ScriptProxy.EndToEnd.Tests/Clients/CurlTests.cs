using System.Globalization;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class CurlTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task Get_GoesThroughTheProxy(string flag, string version)
    {
        var run = await CurlAsync(flag, "https://origin.test/echo?by=curl", "--write-out", "\n%{http_version} %{ssl_verify_result}");

        EchoFixture.AssertEchoed(run.Succeeded().Lines[0], "GET");
        Assert.Equal($"{version} 0", run.Lines[1]);
    }

    [Fact]
    public async Task PlainHttp_GoesThroughTheProxy()
    {
        var run = await CurlAsync("http://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Lines[0], "GET");
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Post_ReachesTheOriginWhole(string flag)
    {
        var run = await CurlAsync(flag, "https://origin.test/echo", "--header", "Expect:", "--data-binary", $"@{fixture.UploadPath}");

        EchoFixture.AssertUploaded(run.Succeeded().Output);
    }

    [Fact]
    public async Task PostThatExpectsContinue_IsToldToGoOn()
    {
        // Patient: without the 100 from the origin, the body is not sent and the test fails.
        var run = await CurlAsync(
            "--http1.1", "--verbose", "--expect100-timeout", "100", "--header", "Expect: 100-continue", "https://origin.test/echo", "--data-binary", $"@{fixture.UploadPath}");

        EchoFixture.AssertUploaded(run.Succeeded().Output);
        Assert.Contains("< HTTP/1.1 100 Continue", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task UploadOfUnknownLength_ReachesTheOriginWhole(string flag)
    {
        var run = await CurlAsync(flag, "https://origin.test/echo", "--request", "PUT", "--header", "Transfer-Encoding: chunked", "--data-binary", $"@{fixture.UploadPath}");

        // The origin is spoken to in the client's protocol; HTTP/2 needs no word for it.
        var headers = EchoFixture.AssertUploaded(run.Succeeded().Output, "PUT").Headers;
        Assert.Equal(flag == "--http2" ? null : "chunked", headers.GetValueOrDefault("transfer-encoding"));
        Assert.DoesNotContain("content-length", headers.Keys);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Head_KeepsTheLengthAndHasNoBody(string flag)
    {
        var run = await CurlAsync(flag, "--head", "https://origin.test/blob");

        // The first head is the proxy's answer to CONNECT.
        var heads = run.Succeeded().Output.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, heads.Length);
        Assert.Contains($"content-length: {EchoOrigin.Blob.Length}", heads[1], StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"{ProxiedOrigin.BackHeader}: {ProxiedOrigin.Mark}", heads[1], StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task CompressedDownload_IsUnpackedByTheClient(string flag)
    {
        var path = fixture.Folder.PathOf("compressed.bin");
        var run = await CurlAsync(flag, "--compressed", "https://origin.test/compressed", "--output", path, "--write-out", "%header{content-encoding} %{size_download}");

        var words = run.Succeeded().Output.Split(' ');
        Assert.Equal(EchoOrigin.Blob, await File.ReadAllBytesAsync(path));
        if (words[0].Length > 0 && !words[0].StartsWith('%')) Assert.Equal("gzip", words[0]);
        Assert.NotEqual(EchoOrigin.Blob.Length, long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Redirect_IsFollowed()
    {
        var run = await CurlAsync("--location", "https://origin.test/redirect", "--write-out", "\n%{num_redirects}");

        Assert.Equal("/echo?by=redirect", EchoFixture.AssertEchoed(run.Succeeded().Lines[0], "GET").Target);
        Assert.Equal("1", run.Lines[1]);
    }

    [Fact]
    public async Task Range_IsThatPartOfTheWhole()
    {
        var path = fixture.Folder.PathOf("range.bin");
        var run = await CurlAsync("--range", "1000-50999", "https://origin.test/blob", "--output", path, "--write-out", "%{http_code}");

        Assert.Equal("206", run.Succeeded().Output);
        Assert.Equal(EchoOrigin.Blob[1000..51_000], await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task ManyUrls_ShareOneConnection()
    {
        var urls = Enumerable.Range(0, 20).Select(number => $"https://origin.test/echo?number={number}");
        var run = await CurlAsync(["--http1.1", .. urls, "--write-out", "\n%{num_connects}\n"]);

        var lines = run.Succeeded().Lines;
        Assert.Equal(40, lines.Length);
        for (var number = 0; number < 20; number++)
        {
            Assert.Equal($"/echo?number={number}", EchoFixture.AssertEchoed(lines[number * 2], "GET").Target);
            Assert.Equal(number == 0 ? "1" : "0", lines[(number * 2) + 1]);
        }
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        var curl = new ClientProgram("curl", "curl", fixture.Folder.FullName) { Environment = { ["https_proxy"] = fixture.Proxy.Url } };

        const int CertificateProblem = 60;
        Assert.Equal(CertificateProblem, (await curl.RunAsync("--silent", "--show-error", "https://origin.test/echo")).ExitCode);
    }

    private Task<ProgramRun> CurlAsync(params string[] arguments)
    {
        var curl = new ClientProgram("curl", "curl", fixture.Folder.FullName)
        {
            Environment =
            {
                ["http_proxy"] = fixture.Proxy.Url,
                ["https_proxy"] = fixture.Proxy.Url,
                ["CURL_CA_BUNDLE"] = fixture.Proxy.RootCertificatePath,
            },
        };
        return curl.RunAsync(["--silent", "--show-error", "--fail", .. arguments]);
    }
}
