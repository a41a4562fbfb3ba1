using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class GoTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    [Theory]
    [InlineData("http2client=1", "HTTP/2.0")]
    [InlineData("http2client=0", "HTTP/1.1")]
    public async Task NetHttp_GoesThroughTheProxy(string setting, string protocol) =>
        EchoFixture.AssertGetAndPost(await GoAsync(fixture.Proxy.RootCertificatePath, setting), protocol);

    /// <summary>Go offers h2 to a proxy as to any server, and speaks HTTP/1.1 with it whatever is chosen.</summary>
    [Fact]
    public async Task ProxyThatIsReachedByTls_IsGoneThrough() =>
        EchoFixture.AssertGetAndPost(await GoAsync(fixture.Proxy.RootCertificatePath, "http2client=1", $"https://{fixture.Proxy.EndPoint}"), "HTTP/2.0");

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        var run = await GoAsync("/nonexistent", "http2client=1");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("certificate signed by unknown authority", run.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramRun> GoAsync(string rootCertificatePath, string setting, string? proxy = null)
    {
        var go = new ClientProgram("go", "golang-go", TestProgram.PathOf("go"))
        {
            Environment =
            {
                ["HTTPS_PROXY"] = proxy ?? fixture.Proxy.Url,
                ["SSL_CERT_FILE"] = rootCertificatePath,
                ["SSL_CERT_DIR"] = "/nonexistent",
                ["GODEBUG"] = setting,

                // The standard library is all there is; nothing is fetched.
                ["GOPROXY"] = "off",
                ["GOFLAGS"] = "-mod=mod",
                ["GOTOOLCHAIN"] = "local",
                ["GOCACHE"] = fixture.Folder.PathOf("go-cache"),
                ["GOPATH"] = fixture.Folder.PathOf("go-path"),
            },
        };
        return go.RunAsync("run", ".", "https://origin.test/echo", fixture.UploadPath);
    }
}
