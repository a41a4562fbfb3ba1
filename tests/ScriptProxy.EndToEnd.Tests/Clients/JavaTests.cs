using System.Globalization;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class JavaTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    private const string Package = "openjdk-17-jdk-headless";

    [Theory]
    [InlineData("HTTP_1_1")]
    [InlineData("HTTP_2")]
    public async Task HttpClient_GoesThroughTheProxy(string version)
    {
        var truststore = await MakeTruststoreAsync(version);

        var run = await JavaAsync(version, $"-Djavax.net.ssl.trustStore={truststore}", "-Djavax.net.ssl.trustStoreType=PKCS12", "-Djavax.net.ssl.trustStorePassword=changeit");

        EchoFixture.AssertGetAndPost(run, version);
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        var run = await JavaAsync("HTTP_2");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("PKIX path building failed", run.Errors, StringComparison.Ordinal);
    }

    private async Task<string> MakeTruststoreAsync(string name)
    {
        var path = fixture.Folder.PathOf($"{name}.p12");
        var keytool = new ClientProgram("keytool", Package, fixture.Folder.FullName);
        (await keytool.RunAsync(
            "-importcert", "-noprompt", "-alias", "scriptproxy", "-file", fixture.Proxy.RootCertificatePath, "-keystore", path, "-storetype", "PKCS12", "-storepass", "changeit")).Succeeded();
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
