using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

/// <summary>An HTTP/2 implementation that shares no line with ours or .NET's.</summary>
public sealed class PythonHttp2Tests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    [Fact]
    public async Task GetAndUploadOnOneConnection_GoThroughTheProxy()
    {
        // Debian's own Python, whatever else is on PATH: its packages are what is used.
        var python = new ClientProgram("/usr/bin/python3", "python3-h2", fixture.Folder.FullName);

        var run = await python.RunAsync(TestProgram.PathOf("http2.py"), $"{fixture.Proxy.EndPoint}", fixture.Proxy.RootCertificatePath, fixture.UploadPath);

        EchoFixture.AssertGetAndPost(run, "HTTP/2");
    }
}
