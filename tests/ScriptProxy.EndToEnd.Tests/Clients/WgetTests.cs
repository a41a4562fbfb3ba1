using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class WgetTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    private const int SslFailure = 5;

    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task Get_GoesThroughTheProxy(string scheme)
    {
        var run = await WgetAsync($"--ca-certificate={fixture.Proxy.RootCertificatePath}", "--output-document=-", $"{scheme}://origin.test/echo");

        EchoFixture.AssertEchoed(run.Succeeded().Output, "GET");
    }

    [Fact]
    public async Task Post_ReachesTheOriginWhole()
    {
        var run = await WgetAsync(
            $"--ca-certificate={fixture.Proxy.RootCertificatePath}", "--output-document=-", $"--post-file={fixture.UploadPath}", "https://origin.test/echo");

        EchoFixture.AssertUploaded(run.Succeeded().Output);
    }

    [Fact]
    public async Task BrokenOffDownload_IsContinued()
    {
        fixture.Folder.Write("blob", EchoOrigin.Blob[..1_000_000]);

        var run = await WgetAsync($"--ca-certificate={fixture.Proxy.RootCertificatePath}", "--continue", "https://origin.test/blob");

        run.Succeeded();
        Assert.Equal(EchoOrigin.Blob, await File.ReadAllBytesAsync(fixture.Folder.PathOf("blob")));
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses() =>
        Assert.Equal(SslFailure, (await WgetAsync("--output-document=-", "https://origin.test/echo")).ExitCode);

    private Task<ProgramRun> WgetAsync(params string[] arguments)
    {
        var wget = new ClientProgram("wget", "wget", fixture.Folder.FullName)
        {
            Environment = { ["http_proxy"] = fixture.Proxy.Url, ["https_proxy"] = fixture.Proxy.Url },
        };
        return wget.RunAsync(["--quiet", "--tries=1", .. arguments]);
    }
}
