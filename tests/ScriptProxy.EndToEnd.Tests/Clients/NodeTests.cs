using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class NodeTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    [Theory]
    [InlineData("https", "HTTP/1.1")]
    [InlineData("http2", "HTTP/2")]
    [InlineData("fetch", "fetch")]
    public async Task Client_GoesThroughTheProxy(string api, string protocol) =>
        EchoFixture.AssertGetAndPost(await NodeAsync(api, ("NODE_EXTRA_CA_CERTS", fixture.Proxy.RootCertificatePath)), protocol);

    [Theory]
    [InlineData("https")]
    [InlineData("http2")]
    [InlineData("fetch")]
    public async Task WithoutTheRootCertificate_Refuses(string api)
    {
        var run = await NodeAsync(api, ("NODE_NO_WARNINGS", "1"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Matches("SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT", run.Errors);
    }

    [Fact]
    public async Task TunnelsOnStreamsOfOneHttp2Connection_GoThroughTheProxy()
    {
        var node = new ClientProgram(["node", "nodejs"], "nodejs", fixture.Folder.FullName) { Environment = { ["NODE_EXTRA_CA_CERTS"] = fixture.Proxy.RootCertificatePath } };

        var lines = (await node.RunAsync(TestProgram.PathOf("http2proxy.mjs"), $"{fixture.Proxy.EndPoint}", fixture.UploadPath)).Succeeded().Lines;

        Assert.Equal(4, lines.Length);
        string Body(string start) => lines.Single(line => line.StartsWith($"{start} 200 {{", StringComparison.Ordinal) && line.Contains("by=get", StringComparison.Ordinal))[(start.Length + 5)..];
        Assert.All(["HTTP/2", "HTTP/1.1", "plain"], protocol => Assert.Equal("/echo?by=get", EchoFixture.AssertEchoed(Body(protocol), "GET").Target));
        EchoFixture.AssertUploaded(lines.Single(line => !line.Contains("by=get", StringComparison.Ordinal))["HTTP/2 200 ".Length..]);
    }

    private Task<ProgramRun> NodeAsync(string api, (string Name, string Value) variable)
    {
        var node = new ClientProgram(["node", "nodejs"], "nodejs", fixture.Folder.FullName)
        {
            Environment = { ["HTTPS_PROXY"] = fixture.Proxy.Url, [variable.Name] = variable.Value },
        };
        return node.RunAsync(TestProgram.PathOf("client.mjs"), "https://origin.test/echo", fixture.UploadPath, api);
    }
}
