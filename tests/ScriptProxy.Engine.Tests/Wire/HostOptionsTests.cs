using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>hosts:, --request-client-certificate and OnUpstreamConnecting's client certificate, on real connections.</summary>
public sealed class HostOptionsTests : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryDirectory _temporary = new();
    private readonly TestAuthority _client = TestAuthority.Shared.Issue(["the-proxy"], null, null, ClientAuthentication);

    public void Dispose()
    {
        _client.Dispose();
        _temporary.Dispose();
    }

    [Theory]
    [InlineData("origin.test", "CN=the-proxy")]
    [InlineData("other.test", "none")]
    public async Task ClientCertificateOfAHost_IsShownToThatHostAlone(string match, string expected)
    {
        await using var origin = await TestOrigin.StartAsync(AsksForCertificate(), ShowSubjectAsync);
        await using var proxy = await StartAsync(origin, new HostOptions { Match = [match], ClientCertificate = CertificateFiles() });

        Assert.Equal(expected, await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task ClientCertificateOfAnAddon_WinsAndIsNotShared()
    {
        await using var origin = await TestOrigin.StartAsync(AsksForCertificate(), ShowSubjectAsync);
        using var other = TestAuthority.Shared.Issue(["the-addon"], null, null, ClientAuthentication);
        var isFirst = true;
        var addon = new ConnectingAddon(connect =>
        {
            if (isFirst) connect.ClientCertificate = other.Certificate;
            isFirst = false;
        });
        await using var proxy = await StartAsync(origin, new HostOptions { Match = ["*"], ClientCertificate = CertificateFiles() }, addon);

        Assert.Equal("CN=the-addon", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
        Assert.Equal("CN=the-proxy", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task TlsVersionsWithoutOverlap_AreAnswered502()
    {
        await using var origin = await TestOrigin.StartAsync(new() { Tls = tls => tls.SslProtocols = SslProtocols.Tls13 }, _ => Task.CompletedTask);
        await using var proxy = await StartAsync(origin, new HostOptions { Match = ["origin.test"], Tls = new() { Max = "1.2" } });

        using var response = await proxy.CreateClient().GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("error=tls_alert_received", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CipherSuitesOfAHost_AreTheOnesOffered()
    {
        const string suite = "TLS_AES_128_CCM_SHA256";
        string? negotiated = null;
#pragma warning disable CA1416 // The tests run where cipher suites can be chosen.
        await using var origin = await TestOrigin.StartAsync(
            new() { Tls = tls => tls.OnAuthenticate = (_, options) => options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_CCM_SHA256]) },
            context =>
            {
                negotiated = context.Features.Get<Microsoft.AspNetCore.Connections.Features.ITlsHandshakeFeature>()!.NegotiatedCipherSuite.ToString();
                return Task.CompletedTask;
            });
#pragma warning restore CA1416
        await using var proxy = await StartAsync(origin, new HostOptions { Match = ["origin.test"], Tls = new() { Ciphers = [suite] } });

        using var response = await proxy.CreateClient().GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(suite, negotiated);
    }

    [Theory]
    [InlineData(true, false, HttpStatusCode.BadGateway)]
    [InlineData(false, true, HttpStatusCode.OK)]
    [InlineData(null, true, HttpStatusCode.BadGateway)]
    [InlineData(null, false, HttpStatusCode.OK)]
    public async Task Verify_BeatsInsecureUpstream(bool? verify, bool verifiedOtherwise, HttpStatusCode expected)
    {
        using var selfSigned = TestAuthority.NewSelfSigned("origin.test");
        await using var origin = await TestOrigin.StartAsync(new() { Certificate = selfSigned }, _ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Origins = [origin],
            Proxy = new() { Hosts = [new() { Match = [".test"], Verify = verify }], InsecureUpstream = verifiedOtherwise ? [] : ["origin.test"] },
        });

        using var response = await proxy.CreateClient().GetAsync("https://origin.test/");

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(AltSvcPolicy.Drop, "1.1", false)]
    [InlineData(AltSvcPolicy.Drop, "2.0", false)]
    [InlineData(AltSvcPolicy.Keep, "1.1", true)]
    [InlineData(null, "1.1", true)]
    public async Task AltSvc_IsDroppedWhereAsked(AltSvcPolicy? policy, string version, bool kept)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.Headers.AltSvc = "h3=\":443\"";
            return Task.CompletedTask;
        });
        await using var proxy = await StartAsync(origin, new HostOptions { Match = ["*"], AltSvc = policy });

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(kept, response.Headers.Contains("Alt-Svc"));
    }

    [Theory]
    [InlineData("origin.test", "http/1.1")]
    [InlineData("other.test", "h2")]
    public async Task ClientHttp2_IsNotOfferedWhereSwitchedOff(string match, string expected)
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await StartAsync(origin, new HostOptions { Match = [match], ClientHttp2 = false });

        await using var client = await proxy.TunnelTlsAsync("origin.test:443", "h2", "http/1.1");

        Assert.Equal(expected, client.ApplicationProtocol);
    }

    [Fact]
    public async Task ClientTls_LimitsTheVersion()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await StartAsync(origin, new HostOptions { Match = ["origin.test"], ClientTls = new() { Max = "1.2" } });

        await using var client = await proxy.TunnelTlsAsync("origin.test:443");

        Assert.Equal(SslProtocols.Tls12, client.TlsProtocol);
    }

    [Theory]
    [InlineData(ClientCertificateRequest.Require, true)]
    [InlineData(ClientCertificateRequest.Ask, true)]
    [InlineData(ClientCertificateRequest.Ask, false)]
    public async Task CertificateOfAClient_IsSeenByAddons(ClientCertificateRequest request, bool verified)
    {
        using var certificate = TestAuthority.Shared.Issue(["a-client"], null, null, ClientAuthentication);
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Client"]!));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Origins = [origin],
            Proxy = new() { RequestClientCertificate = request, ClientCa = verified ? [TestAuthority.SharedPemPath] : [] },
            Addons = [HookAddon.OnRequest(flow => flow.Request.Headers["X-Client"] = flow.Client.Certificate?.Subject ?? "none")],
        });
        using var client = ClientOf(proxy, certificate);

        Assert.Equal("CN=a-client", await client.GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task CertificateAskedForAndDeclined_GoesOn()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Origins = [origin],
            Proxy = new() { RequestClientCertificate = ClientCertificateRequest.Ask, ClientCa = [TestAuthority.SharedPemPath] },
        });

        Assert.Equal("ok", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Theory]
    [InlineData(ClientCertificateRequest.Require, "none", "the client showed no certificate")]
    [InlineData(ClientCertificateRequest.Require, "stranger", "the client's self-signed certificate")]
    [InlineData(ClientCertificateRequest.Ask, "stranger", "the client's self-signed certificate")]
    [InlineData(ClientCertificateRequest.Require, "server", "the client's certificate is not for")]
    public async Task ClientWithoutGoodCertificate_IsRefusedInTls(ClientCertificateRequest request, string shown, string reason)
    {
        using var certificate = shown switch
        {
            "stranger" => TestAuthority.NewSelfSigned("stranger"),
            "server" => TestAuthority.Shared.Issue("a-server"),
            _ => null,
        };
        await using var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Origins = [origin],
            Proxy = new() { RequestClientCertificate = request, ClientCa = [TestAuthority.SharedPemPath] },
        });
        using var client = ClientOf(proxy, certificate);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("https://origin.test/"));
        Assert.Contains(reason, await proxy.WaitForLogAsync("was refused in TLS"), StringComparison.Ordinal);
    }

    private static TestOriginOptions AsksForCertificate() => new()
    {
        Tls = tls =>
        {
            tls.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            tls.AllowAnyClientCertificate();
        },
    };

    private static Task ShowSubjectAsync(HttpContext context) => context.Response.WriteAsync(context.Connection.ClientCertificate?.Subject ?? "none");

    private static Task<TestProxy> StartAsync(TestOrigin origin, HostOptions host, params Addon[] addons) =>
        TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Addons = addons, Proxy = new() { Hosts = [host] } });

    private static HttpClient ClientOf(TestProxy proxy, TestAuthority? certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(proxy.RootCertificatePath);
        var tls = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        if (certificate is not null) tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate.Certificate, null, offline: true);
        return new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://{proxy.EndPoint}"), SslOptions = tls });
    }

    private ClientCertificateOptions CertificateFiles()
    {
        var file = _temporary.File("client.p12");
        File.WriteAllBytes(file, _client.Certificate.Export(X509ContentType.Pkcs12));
        return new ClientCertificateOptions { Cert = file };
    }

    private sealed class ConnectingAddon(Action<UpstreamConnect> connecting) : Addon
    {
        public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect)
        {
            connecting(connect);
            return default;
        }
    }
}
