using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

/// <summary>Clients that forgive nothing, through a running proxy, asking for its own page: a name and no address, an address and no name.</summary>
public sealed class StrictClientTests
{
    private const string Python = """
        import http.client, ssl, sys
        context = ssl.create_default_context(cafile=sys.argv[2])
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        connection = http.client.HTTPSConnection('127.0.0.1', int(sys.argv[1]), context=context, timeout=30)
        connection.set_tunnel(sys.argv[3], 443)
        connection.request('GET', '/')
        print(connection.getresponse().status)
        """;

    [Theory]
    [InlineData("scriptproxy.internal")]
    [InlineData("192.0.2.80")]
    public async Task Python_AcceptsTheCertificate(string host)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { CertificateHost = host });

        var (exitCode, output) = await ForeignProgram.RunAsync("python3", "-c", Python, proxy.EndPoint.Port.ToString(), proxy.RootCertificatePath, host);

        Assert.True(exitCode == 0, output);
        Assert.Equal("200", output.Trim());
    }

    [Fact]
    public async Task Openssl_AcceptsTheCertificate()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());

        var (exitCode, output) = await ForeignProgram.RunAsync(
            "openssl", "s_client", "-x509_strict", "-verify_return_error", "-verify_hostname", "scriptproxy.internal", "-proxy", proxy.EndPoint.ToString(),
            "-connect", "scriptproxy.internal:443", "-servername", "scriptproxy.internal", "-CAfile", proxy.RootCertificatePath);

        Assert.True(exitCode == 0, output);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
    }
}
