using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Tls;

/// <summary>Clients that do not accept our certificate: noticed whenever they say so, and relayed unread from then on where that is wanted.</summary>
public sealed class AutoTunnelTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData(SslProtocols.Tls12, "")]
    [InlineData(SslProtocols.Tls13, "")]
    [InlineData(SslProtocols.Tls13, "h2")]
    public async Task ClientThatVerifiesLate_IsTold(SslProtocols version, string applicationProtocol)
    {
        var addon = new Failures();
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [addon] });

        await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(proxy, version, applicationProtocol));

        var failure = await addon.WaitAsync();
        Assert.Equal((TlsSide.Client, "origin.test", "origin.test"), (failure.Side, failure.Host, failure.ServerName));
        Assert.True(failure.ClientRejectedCertificate || failure.WasCut, failure.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h2")]
    public async Task ClientThatHangsUpAfterTheHandshake_IsTold(string applicationProtocol)
    {
        var addon = new Failures();
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [addon] });

        await (await proxy.TunnelTlsAsync("origin.test:443", Names(applicationProtocol))).DisposeAsync();

        var failure = await addon.WaitAsync();
        Assert.True(failure.WasCut);
        Assert.Null(failure.Alert);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h2")]
    public async Task ClientThatRejects_IsRelayedTheNextTime(string applicationProtocol)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2", "http/1.1"] }, Ok);
        await using var proxy = await StartAsync(origin);

        // .NET says why in an alert; a client that did not would be believed at the second time.
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(proxy, SslProtocols.Tls13, applicationProtocol));
        await proxy.WaitForLogAsync("127.0.0.1 does not accept our certificate for origin.test");

        await using var client = await RawClient.TunnelTlsAsync(proxy.EndPoint, "origin.test:443", TestAuthority.SharedPemPath, Names(applicationProtocol));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatAccepts_IsInterceptedStill()
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        await using var proxy = await StartAsync(origin);
        await using (var client = await proxy.TunnelTlsAsync("origin.test:443"))
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");
            await client.ReadMessageAsync();
        }

        for (var i = 0; i < 3; i++) await (await proxy.TunnelTlsAsync("origin.test:443")).DisposeAsync();

        await using var next = await proxy.TunnelTlsAsync("origin.test:443");
        Assert.DoesNotContain(proxy.LogLines, line => line.Contains("does not accept our certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ConnectionHeldOpenWithoutARequest_IsNoRejection()
    {
        var addon = new Failures();
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Ok);
        var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [addon] });
        await using var client = await proxy.TunnelTlsAsync("origin.test:443");

        // Draining ends it from our side.
        await proxy.DisposeAsync();

        Assert.Empty(addon.Seen);
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin) =>
        TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { AutoTunnel = true } });

    /// <summary>.NET's own client, which trusts the roots of the system alone.</summary>
    private static async Task ShakeHandsAsync(TestProxy proxy, SslProtocols version, string applicationProtocol)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(proxy.EndPoint);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n"u8.ToArray());
        await stream.ReadExactlyAsync(new byte["HTTP/1.1 200 Connection Established\r\n\r\n".Length]);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "origin.test",
            EnabledSslProtocols = version,
            ApplicationProtocols = applicationProtocol.Length == 0 ? null : [new SslApplicationProtocol(applicationProtocol)],
        });
    }

    private static string[] Names(string applicationProtocol) => applicationProtocol.Length == 0 ? [] : [applicationProtocol];

    private sealed class Failures : Addon
    {
        private readonly TaskCompletionSource<TlsFailure> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<TlsFailure> Seen { get; } = [];

        public Task<TlsFailure> WaitAsync() => _first.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public override ValueTask OnTlsFailedAsync(TlsFailure failure)
        {
            lock (Seen) Seen.Add(failure);
            _first.TrySetResult(failure);
            return default;
        }
    }
}
