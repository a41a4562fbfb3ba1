using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Tls;

/// <summary>Who is intercepted and who is relayed unread, seen by the certificate that a client is shown.</summary>
public sealed class InterceptionTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Request = "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n";

    [Theory]
    [InlineData("", "", false, "origin.test", true)]
    [InlineData("", "", true, "origin.test", false)]
    [InlineData("origin.test", "", false, "origin.test", false)]
    [InlineData("*.origin.test", "", false, "origin.test", true)]
    [InlineData("", "origin.test", true, "origin.test", true)]
    [InlineData("", "other.test", true, "origin.test", false)]
    [InlineData("other.test", "", false, "other.test", false)]
    [InlineData("", "other.test", true, "other.test", true)]
    public async Task Options_SayWhoIsIntercepted(string ignore, string intercept, bool tunnel, string serverName, bool isIntercepted)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true, Hosts = ["origin.test", "other.test"] }, Ok);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Ignore = List(ignore), Intercept = List(intercept), Tunnel = tunnel });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.StartTlsAsync(serverName, isIntercepted ? proxy.RootCertificatePath : TestAuthorityPath);
        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        await client.DisposeAsync();
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(isIntercepted ? "GET" : "CONNECT", record.Method);
        Assert.Equal(isIntercepted ? null : serverName, record.Tunnel?.ServerName);
        if (!isIntercepted) Assert.Matches("^t1[23]d", record.Tunnel!.Ja4);
    }

    [Theory]
    [InlineData("OnConnect(ConnectFlow flow) => flow.Intercept()", "origin.test", true)]
    [InlineData("OnTlsClientHello(TlsClientHello hello) => hello.Intercept()", "origin.test", true)]
    [InlineData("OnTlsClientHello(TlsClientHello hello) { }", "origin.test", false)]
    [InlineData("OnConnect(ConnectFlow flow) => flow.Tunnel()", "", false)]
    public async Task Addons_GoBeforeOptions(string hook, string ignore, bool isIntercepted)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Ignore = List(ignore) }, Script = $"void {hook}{(hook.EndsWith('}') ? "" : ";")}" });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.StartTlsAsync("origin.test", isIntercepted ? proxy.RootCertificatePath : TestAuthorityPath);
        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RelayingAll_NeedsNoRootCertificate_UntilAnAddonIntercepts()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"tunnels-{Guid.NewGuid():n}");
        try
        {
            await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true, Hosts = ["origin.test", "read.test"] }, Ok);
            await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
            {
                RawOrigins = [origin],
                Proxy = new ProxyOptions { Tunnel = true, CaDir = folder },
                Script = """void OnConnect(ConnectFlow flow) { if (flow.Host == "read.test") flow.Intercept(); }""",
            });
            await using (var client = await proxy.TunnelAsync("origin.test:443"))
            {
                await client.StartTlsAsync("origin.test", TestAuthorityPath);
                Assert.False(File.Exists(proxy.RootCertificatePath));
            }

            await using var read = await proxy.TunnelAsync("read.test:443");
            await using var raw = await proxy.TunnelAsync("read.test:443");
            await raw.SendAsync(new HelloBuilder().WithServerName("read.test").Bytes());
            await raw.ReadExactlyAsync(1);
            await read.StartTlsAsync("read.test", proxy.RootCertificatePath);
            Assert.True(File.Exists(proxy.RootCertificatePath));
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task PlainHttpInATunnel_IsRelayedToo()
    {
        await using var origin = RawOrigin.StartAnswering(Ok);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Tunnel = true, Intercept = ["other.test"] });
        await using var client = await proxy.TunnelAsync("origin.test:80");

        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        await client.DisposeAsync();
        Assert.Equal(["tunnel"], (await proxy.WaitForFlowAsync()).Tags);
    }

    [Fact]
    public async Task HelloInPieces_DoesNotWait_AndIsKnownAllTheSame()
    {
        var hello = new HelloBuilder().WithServerName("origin.test").WithAlpn("h2", "http/1.1").Bytes();
        await using var origin = RawOrigin.Start(async connection =>
        {
            // Each byte is answered, so that the next one comes only when this one has passed.
            for (var i = 0; i < hello.Length; i++)
            {
                await connection.ReadExactlyAsync(1);
                await connection.SendAsync("y");
            }
        });
        await using var proxy = await StartAsync(origin, new ProxyOptions { Tunnel = true });
        var client = await proxy.TunnelAsync("origin.test:443");

        foreach (var piece in hello.Chunk(1))
        {
            await client.SendAsync(piece);
            await client.ReadExactlyAsync(1);
        }

        await client.DisposeAsync();
        var tunnel = (await proxy.WaitForFlowAsync()).Tunnel!;
        Assert.Equal("origin.test", tunnel.ServerName);
        Assert.Equal(["h2", "http/1.1"], tunnel.ApplicationProtocols);
        Assert.Equal(32, tunnel.Ja3!.Length);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("origin.test")]
    public async Task AbsentServerName_IsInterceptedForTheDestination(string host)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true, Hosts = [host] }, Ok);
        await using var proxy = await StartAsync(origin, new ProxyOptions());
        await using var client = await proxy.TunnelAsync($"{host}:443");

        // An address goes without SNI (RFC 6066 §3), and so does a hello without the extension.
        if (host == "127.0.0.1")
        {
            await client.StartTlsAsync(host, proxy.RootCertificatePath);
            await client.SendAsync(Request);
            Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
            Assert.Null((await origin.ConnectionAsync()).ServerName);
        }
        else
        {
            await client.SendAsync(Tls12Hello().Bytes());
            Assert.Contains("origin.test", await client.ReadUntilAsync("origin.test"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EncryptedHello_IsInterceptedUnderItsOuterName_AndSaysSo()
    {
        var addon = new Hellos();
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [addon] });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(Tls12Hello().WithServerName("public.test").With(0xfe0d, new byte[64]).Bytes());

        // The client finds the provider's name in it and learns that there is no encryption of hellos here (RFC 9849 §6.1.6).
        Assert.Contains("public.test", await client.ReadUntilAsync("public.test"), StringComparison.Ordinal);
        var hello = Assert.Single(addon.Seen);
        Assert.Equal(("public.test", "origin.test", true), (hello.ServerName, hello.Host, hello.HasEncryptedClientHello));
    }

    [Fact]
    public async Task EncryptedHello_IsMatchedByItsDestinationAndItsOuterName()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.ReadExactlyAsync(1));
        await using var proxy = await StartAsync(origin, new ProxyOptions { Ignore = ["origin.test"] });
        var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(Tls12Hello().WithServerName("public.test").With(0xfe0d, new byte[64]).Bytes());
        await (await origin.ConnectionAsync()).DisposeAsync();
        await client.DisposeAsync();

        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("origin.test:443", "public.test", true), (record.Url, record.Tunnel!.ServerName, record.Tunnel.HasEncryptedClientHello));
    }

    private static string TestAuthorityPath => TestAuthority.SharedPemPath;

    private static HelloBuilder Tls12Hello() => new HelloBuilder { CipherSuites = HelloBuilder.Numbers(0xc02b, 0xc02f) }
        .With(10, HelloBuilder.Vector16(HelloBuilder.Numbers(0x0017, 0x001d)))
        .With(13, HelloBuilder.Vector16(HelloBuilder.Numbers(0x0403, 0x0804, 0x0401)));

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options });

    private static string[] List(string text) => text.Length == 0 ? [] : [text];

    private sealed class Hellos : Addon
    {
        public List<TlsClientHello> Seen { get; } = [];

        public override ValueTask OnTlsClientHelloAsync(TlsClientHello hello)
        {
            lock (Seen) Seen.Add(hello);
            return default;
        }
    }
}
