using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class PythonTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    [Fact]
    public async Task Urllib_GoesThroughTheProxy() =>
        EchoFixture.AssertGetAndPost(await PythonAsync(fixture.Proxy.RootCertificatePath), "HTTP/1.1");

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        var run = await PythonAsync("/nonexistent");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("CERTIFICATE_VERIFY_FAILED", run.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramRun> PythonAsync(string rootCertificatePath)
    {
        var python = new ClientProgram("python3", "python3", fixture.Folder.FullName)
        {
            Environment = { ["HTTPS_PROXY"] = fixture.Proxy.Url, ["SSL_CERT_FILE"] = rootCertificatePath, ["SSL_CERT_DIR"] = "/nonexistent" },
        };
        return python.RunAsync(TestProgram.PathOf("client.py"), "https://origin.test/echo", fixture.UploadPath);
    }
}
