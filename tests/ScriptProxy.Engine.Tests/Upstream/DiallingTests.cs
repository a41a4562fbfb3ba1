using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>--map-host, --bind, --deny-private.</summary>
public sealed class DiallingTests
{
    [Fact]
    public async Task MappedHost_IsDialledThere()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { MapHost = [$"somewhere.test:8080={origin.HttpEndPoint}", $"else.test={origin.HttpEndPoint}"] });
        var client = proxy.CreateClient();

        Assert.Equal("somewhere.test:8080", await client.GetStringAsync("http://somewhere.test:8080/"));
        Assert.Equal("else.test:99", await client.GetStringAsync("http://else.test:99/"));
    }

    [Fact]
    public async Task FirstAddressThatRefuses_IsFollowedByTheNext()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { MapHost = ["two.test=[::1]:1", "two.test=127.0.0.1:1", $"two.test={origin.HttpEndPoint}"] });

        Assert.Equal("ok", await proxy.CreateClient().GetStringAsync("http://two.test/"));
    }

    [Fact]
    public async Task BoundAddress_IsWhatTheOriginSees()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Connection.RemoteIpAddress!.ToString()));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { Bind = "127.0.0.9" } });

        Assert.Equal("127.0.0.9", await proxy.CreateClient().GetStringAsync("http://origin.test/"));
    }

    [Fact]
    public async Task HostWithoutAddressOfTheBoundFamily_IsNotReached()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Bind = "127.0.0.9", MapHost = ["six.test=[2001:db8::1]"] });

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://six.test/", 502, "destination_ip_unroutable", "six.test:80 has no address that can be reached from 127.0.0.9 (--bind).");
    }

    [Fact]
    public async Task BoundAddressThatIsNotOurs_StopsTheStart()
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Bind = "192.0.2.1" }));

        Assert.StartsWith("--bind 192.0.2.1: this machine does not have that address", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://localhost:1/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://[::1]:1/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[64:ff9b::169.254.169.254]/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("https://127.0.0.1:1/")]
    public async Task PrivateAddress_IsDenied(string url)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { DenyPrivate = true });

        await HttpProxyFailureTests.AssertFailsAsync(proxy, url, 403, "destination_ip_prohibited", "is a private address, which this proxy does not connect to.");
    }

    [Theory]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    public async Task PrivateAddressInDisguise_IsDenied(string host)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { DenyPrivate = true });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://{host}:1/ HTTP/1.1\r\nHost: {host}:1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrivateAddressChosenByAnAddon_IsDenied()
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Proxy = new ProxyOptions { DenyPrivate = true },
            Script = """void OnUpstreamConnecting(UpstreamConnect connect) => connect.ConnectTo("127.0.0.1", 1);""",
        });

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://192.0.2.1/", 403, "destination_ip_prohibited", "127.0.0.1:1 is a private address");
    }

    [Fact]
    public async Task PrivateTunnel_IsDenied()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { DenyPrivate = true, Tunnel = true });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => proxy.TunnelAsync("127.0.0.1:22"));

        Assert.StartsWith("HTTP/1.1 403 ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    [InlineData("socks5h")]
    public async Task PrivateAddress_IsDeniedThroughProxiesToo_WhichMayBePrivateThemselves(string scheme)
    {
        await using var upstream = RawOrigin.Start(_ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await HttpProxyTests.StartAsync($"{scheme}://{upstream.EndPoint}", options: new ProxyOptions { DenyPrivate = true });

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://10.0.0.1/", 403, "destination_ip_prohibited", "10.0.0.1:80 is a private address");
    }

    [Fact]
    public async Task HostThatTheUserMapped_IsNotDenied()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { DenyPrivate = true, MapHost = [$"inside.test={origin.HttpEndPoint}"] });

        Assert.Equal("ok", await proxy.CreateClient().GetStringAsync("http://inside.test/"));
    }

    [Fact]
    public async Task Zone_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://[fe80::1%25lo]/ HTTP/1.1\r\nHost: [fe80::1%25lo]\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IPv6Literal_IsReached()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://[::1]:{((IPEndPoint)listener.LocalEndPoint!).Port}/ HTTP/1.1\r\nHost: [::1]\r\n\r\n");
        using var accepted = await listener.AcceptAsync();
        await accepted.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }
}
