using System.Globalization;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class JavaTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    private const string Package = "openjdk-17-jdk-headless";

    [Theory]
    [InlineData("HTTP_1_1", "PKCS12", "p12")]
    [InlineData("HTTP_2", "PKCS12", "p12")]
    [InlineData("HTTP_2", "JKS", "jks")]
    public async Task HttpClient_GoesThroughTheProxy(string version, string type, string format)
    {
        var truststore = await ExportTruststoreAsync(version, format);

        var run = await JavaAsync(version, $"-Djavax.net.ssl.trustStore={truststore}", $"-Djavax.net.ssl.trustStoreType={type}", "-Djavax.net.ssl.trustStorePassword=changeit");

        EchoFixture.AssertGetAndPost(run, version);
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        var run = await JavaAsync("HTTP_2");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("PKIX path building failed", run.Errors, StringComparison.Ordinal);
    }

    private async Task<string> ExportTruststoreAsync(string name, string format)
    {
        var path = fixture.Folder.PathOf($"{name}.{format}");
        var scriptproxy = new ClientProgram(Repository.Executable, "scriptproxy", fixture.Folder.FullName);
        (await scriptproxy.RunAsync("ca", "export", "--ca-dir", Path.GetDirectoryName(fixture.Proxy.RootCertificatePath)!, "--format", format, "--out", path)).Succeeded();
        return path;
    }

    private Task<ProgramRun> JavaAsync(string version, params string[] options)
    {
        var proxy = fixture.Proxy.EndPoint;
        var java = new ClientProgram("java", Package, fixture.Folder.FullName);
        string[] proxyOptions = [$"-Dhttps.proxyHost={proxy.Address}", string.Create(CultureInfo.InvariantCulture, $"-Dhttps.proxyPort={proxy.Port}")];
        return java.RunAsync([.. proxyOptions, .. options, TestProgram.PathOf("Client.java"), "https://origin.test/echo", fixture.UploadPath, version]);
    }
}
