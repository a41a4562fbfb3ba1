using System.Net;
using ScriptProxy.Engine.Tests.Tls;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Hooks;

public sealed class TlsFailedTests
{
    [Theory]
    [InlineData(48, true)]
    [InlineData(46, true)]
    [InlineData(40, false)]
    public async Task ClientThatSendsAnAlert_IsToldApart(int alert, bool rejectsCertificate)
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(Hello());
        await client.ReadExactlyAsync(5);
        await client.SendAsync(new byte[] { 21, 3, 3, 0, 2, 2, (byte)alert });

        var failure = await addon.WaitAsync();
        Assert.Equal((TlsSide.Client, "origin.test", 443, "pinned.test"), (failure.Side, failure.Host, failure.Port, failure.ServerName));
        Assert.Equal(alert, failure.Alert);
        Assert.Equal(rejectsCertificate, failure.ClientRejectedCertificate);
        Assert.False(failure.WasCut);
    }

    [Fact]
    public async Task ClientThatHangsUp_IsToldApart()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(Hello());
        await client.EndSendingAsync();

        var failure = await addon.WaitAsync();
        Assert.True(failure.WasCut, failure.Reason);
        Assert.False(failure.ClientRejectedCertificate);
        Assert.Equal("pinned.test", failure.ServerName);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task UpstreamThatIsNotTrusted_IsTold(string version)
    {
        using var unknown = TestAuthority.New("Nobody knows this one");
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Certificate = unknown.Issue("origin.test") }, _ => Task.CompletedTask);
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var failure = await addon.WaitAsync();
        Assert.Equal((TlsSide.Upstream, "origin.test", 443, "origin.test"), (failure.Side, failure.Host, failure.Port, failure.ServerName));
        Assert.StartsWith("The certificate of origin.test was not accepted", failure.Reason, StringComparison.Ordinal);
        Assert.False(failure.ClientRejectedCertificate);
    }

    [Fact]
    public async Task HookThatFails_ChangesNothing()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin, """void OnTlsFailed(TlsFailure failure) => throw new FormatException("bad");""");
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(Hello());
        await client.EndSendingAsync();

        await proxy.WaitForLogAsync("script.csx(1): FormatException: bad (in OnTlsFailed)");
    }

    // TLS 1.2, with what its key exchange needs: signature algorithms and groups.
    private static byte[] Hello() => new HelloBuilder { CipherSuites = HelloBuilder.Numbers(0xc02b, 0xc02f) }
        .WithServerName("pinned.test")
        .With(10, HelloBuilder.Vector16(HelloBuilder.Numbers(0x0017, 0x001d)))
        .With(13, HelloBuilder.Vector16(HelloBuilder.Numbers(0x0403, 0x0804, 0x0401)))
        .Bytes();

    private sealed class Watching : Addon
    {
        private readonly TaskCompletionSource<TlsFailure> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TlsFailure> WaitAsync() => _failure.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public override ValueTask OnTlsFailedAsync(TlsFailure failure)
        {
            _failure.TrySetResult(failure);
            return default;
        }
    }
}
