using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public class Socks5Tests
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Request = "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Offer = "\x05\x01\x00";
    private const string OfferPassword = "\x05\x02\x00\x02";
    private const string Succeeded = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";

    [Fact]
    public async Task Name_IsReached()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await OpenAsync(proxy, Domain("origin.test", 80));

        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("http://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task Tls_IsIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await OpenAsync(proxy, Domain("ORIGIN.test", 443));

        await client.StartTlsAsync("origin.test", proxy.RootCertificatePath);
        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("https://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task IPv4Address_IsReached()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin);
        var port = origin.EndPoint.Port;
        await using var client = await OpenAsync(proxy, $"\x05\x01\x00\x01\x7F\x00\x00\x01{(char)(port >> 8)}{(char)(port & 255)}");

        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("::1", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01")]
    [InlineData("192.0.2.1", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xC0\x00\x02\x01")]
    public async Task IPv6Address_IsReached(string address, string bytes)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Hosts = [address] }, Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await OpenAsync(proxy, $"\x05\x01\x00\x04{bytes}\x00\x50");

        await client.SendAsync(Request);

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandshakeInSingleBytes_IsUnderstood()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["socks5"], ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        foreach (var character in OfferPassword + "\u0001\u0003ann\u0002pw" + Domain("origin.test", 80) + Request) await client.SendAsync(character.ToString());

        Assert.Equal("\x05\x02\x01\x00" + Succeeded, await client.ReadExactlyAsync(14));
        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("ann", (await proxy.WaitForFlowAsync()).User);
    }

    [Theory]
    [InlineData("\u0001\u0003ann\u0002no")]
    [InlineData("\u0001\u0003bob\u0002pw")]
    [InlineData("\u0001\u0003ann\u0000")]
    [InlineData("\u0001\u0000\u0002pw")]
    public async Task WrongPassword_IsRefusedAndClosed(string credentials)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"], ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(OfferPassword + credentials);

        Assert.Equal("\x05\x02\x01\x01", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("ann:pw", Offer)]
    [InlineData(null, "\x05\x01\x02")]
    [InlineData(null, "\x05\x00")]
    public async Task NoMethodInCommon_IsSaid(string? users, string offer)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"], ProxyAuth = users });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(offer);

        Assert.Equal("\x05\xFF", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("\x05\x02\x00\x01\x7F\x00\x00\x01\x00\x50", 7)]
    [InlineData("\x05\x03\x00\x01\x7F\x00\x00\x01\x00\x50", 7)]
    [InlineData("\x05\x01\x00\x02\x7F\x00\x00\x01\x00\x50", 8)]
    [InlineData("\x05\x01\x00\x03\x00\x00\x50", 4)]
    [InlineData("\x05\x01\x00\x03\x03" + "a/b\x00\x50", 4)]
    [InlineData("\x05\x01\x00\x01\x7F\x00\x00\x01\x00\x00", 4)]
    public async Task RequestThatCannotBeServed_IsSaid(string request, int reply)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Offer + request);

        Assert.Equal($"\x05\x00\x05{(char)reply}\x00\x01\x00\x00\x00\x00\x00\x00", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("\x04\x01\x00\x50\x7F\x00\x00\x01\x00")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\x05\x01\x00\x04\x01")]
    public async Task WhatIsNotSocks5_IsClosed(string bytes)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(bytes);

        try
        {
            Assert.DoesNotContain(Succeeded, await client.ReadToEndAsync(), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // Reset, because bytes of ours were left unread.
        }
    }

    [Fact]
    public async Task ClientThatIsSlow_IsCut()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"], HandshakeTimeout = TimeSpan.FromMilliseconds(1) });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("\x05");

        Assert.True(await client.IsResetAsync());
    }

    [Fact]
    public async Task RefusedOriginOfATunnel_IsSaid()
    {
        int free;
        await using (var origin = RawOrigin.StartAnswering(Response)) free = origin.EndPoint.Port;
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"], Tunnel = true });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{Offer}\x05\x01\x00\x01\x7F\x00\x00\x01{(char)(free >> 8)}{(char)(free & 255)}");

        Assert.Equal("\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task DestinationDeniedByAnAddon_IsNotAllowed()
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Proxy = new ProxyOptions { Mode = ["socks5"] }, Addons = [new Denying()] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Offer + Domain("origin.test", 80));

        Assert.Equal("\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task TheProxyItself_IsNotAllowed()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = ["socks5"], Tunnel = true });
        await using var client = await proxy.ConnectAsync();
        var port = proxy.EndPoint.Port;

        await client.SendAsync($"{Offer}\x05\x01\x00\x01\x7F\x00\x00\x01{(char)(port >> 8)}{(char)(port & 255)}");

        Assert.Equal("\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", await client.ReadToEndAsync());
    }

    private static string Domain(string host, int port) => $"\x05\x01\x00\x03{(char)host.Length}{host}{(char)(port >> 8)}{(char)(port & 255)}";

    private static async Task<RawConnection> OpenAsync(TestProxy proxy, string request)
    {
        var client = await proxy.ConnectAsync();
        await client.SendAsync(Offer);
        Assert.Equal("\x05\x00", await client.ReadExactlyAsync(2));
        await client.SendAsync(request);
        Assert.Equal(Succeeded, await client.ReadExactlyAsync(10));
        return client;
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions? options = null) =>
        TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options ?? new ProxyOptions { Mode = ["socks5"] } });

    private sealed class Denying : Addon
    {
        public override ValueTask OnConnectAsync(ConnectFlow connect)
        {
            if (connect is { Client.Mode: ProxyMode.Socks5, Host: "origin.test", Headers.Count: 0 }) connect.Deny("no");
            return default;
        }
    }
}
