using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Traffic through a SOCKS5 proxy (RFC 1928, RFC 1929), and each of its answers.</summary>
public sealed class SocksTests
{
    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task RequestsReachTheOrigin_WhoseNameTheProxyIsGiven(string scheme, string version)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var socks = SocksServer.Start(port => port == 443 ? origin.HttpsEndPoint : origin.HttpEndPoint);
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://{socks.EndPoint}");

        Assert.Equal("through", await proxy.CreateClient(Version.Parse(version)).GetStringAsync($"{scheme}://origin.test/"));
        Assert.Equal([$"3 origin.test:{(scheme == "https" ? 443 : 80)}"], socks.Asked);
        Assert.Equal($"socks5h://{socks.EndPoint} (--upstream)", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Theory]
    [InlineData("socks5", "http://mapped.test/", "1 192.0.2.7:80")]
    [InlineData("socks5", "http://six.test/", "4 2001:db8::7:80")]
    [InlineData("socks5", "http://192.0.2.8:8080/", "1 192.0.2.8:8080")]
    [InlineData("socks5h", "http://192.0.2.8/", "1 192.0.2.8:80")]
    [InlineData("socks5h", "http://[2001:db8::8]/", "4 2001:db8::8:80")]
    [InlineData("socks5h", "http://mapped.test/", "3 mapped.test:80")]
    public async Task Names_AreResolvedHereOrThere(string scheme, string url, string asked)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var socks = SocksServer.Start(_ => origin.HttpEndPoint);
        await using var proxy = await HttpProxyTests.StartAsync($"{scheme}://{socks.EndPoint}", options: new ProxyOptions { MapHost = ["mapped.test=192.0.2.7", "six.test=[2001:db8::7]"] });

        Assert.Equal("through", await proxy.CreateClient().GetStringAsync(url));
        Assert.Equal([asked], socks.Asked);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task BoundAddressOfAnyType_IsReadToTheByte(byte type)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("ready");
            await connection.HasMoreAsync();
        });
        await using var socks = SocksServer.Start(_ => origin.EndPoint, boundType: type);
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://{socks.EndPoint}", "void OnConnect(ConnectFlow connect) => connect.Tunnel();");
        await using var client = await proxy.TunnelAsync("origin.test:22");

        Assert.Equal("ready", await client.ReadExactlyAsync(5));
    }

    [Fact]
    public async Task Credentials_AreSentToAServerThatAsks()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var socks = SocksServer.Start(_ => origin.HttpEndPoint, credentials: "us:er:p@ss");
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://us%3Aer:p%40ss@{socks.EndPoint}");

        Assert.Equal("through", await proxy.CreateClient().GetStringAsync("http://origin.test/"));
        Assert.DoesNotContain(proxy.LogLines, line => line.Contains("p@ss", StringComparison.Ordinal) || line.Contains("p%40ss", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "asks for credentials. Put them into its URL.")]
    [InlineData("user:wrong@", "did not accept its credentials.")]
    public async Task CredentialsMissingOrWrong_AreExplained(string userInfo, string details)
    {
        await using var socks = SocksServer.Start(Nowhere, credentials: "user:right");
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://{userInfo}{socks.EndPoint}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://origin.test/", 502, "proxy_configuration_error", details);
    }

    [Theory]
    [InlineData(1, 502, "destination_unavailable", "could not connect to origin.test:443 (SOCKS reply 1).")]
    [InlineData(2, 403, "http_request_denied", "does not allow connections to origin.test:443.")]
    [InlineData(3, 502, "destination_ip_unroutable", "cannot reach origin.test:443: network unreachable.")]
    [InlineData(4, 502, "destination_ip_unroutable", "cannot reach origin.test:443: host unreachable.")]
    [InlineData(5, 502, "connection_refused", "origin.test:443 refused the connection of the upstream proxy")]
    [InlineData(6, 502, "destination_ip_unroutable", "cannot reach origin.test:443: TTL expired.")]
    [InlineData(7, 502, "proxy_configuration_error", "does not know CONNECT.")]
    [InlineData(8, 502, "proxy_configuration_error", "does not take addresses such as origin.test:443.")]
    [InlineData(99, 502, "destination_unavailable", "could not connect to origin.test:443 (SOCKS reply 99).")]
    public async Task EachReply_HasItsError(byte reply, int status, string type, string details)
    {
        await using var socks = SocksServer.Start(Nowhere, replies: [reply]);
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://{socks.EndPoint}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "https://origin.test/", status, type, details);
    }

    [Fact]
    public async Task AddressThatIsNotReached_IsFollowedByTheNext()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("through"));
        await using var socks = SocksServer.Start(_ => origin.HttpEndPoint, replies: [4, 0]);
        await using var proxy = await HttpProxyTests.StartAsync($"socks5://{socks.EndPoint}", options: new ProxyOptions { MapHost = ["two.test=192.0.2.1", "two.test=192.0.2.2"] });

        Assert.Equal("through", await proxy.CreateClient().GetStringAsync("http://two.test/"));
        Assert.Equal(["1 192.0.2.1:80", "1 192.0.2.2:80"], socks.Asked);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "http_protocol_error", "has no SOCKS5 version.")]
    [InlineData("\u0005\u0001", "http_protocol_error", "has an authentication method that was not offered (1).")]
    [InlineData("\u0005\0\u0004\0\0\u0001", "http_protocol_error", "has no SOCKS5 version.")]
    [InlineData("\u0005\0\u0005\0\0\u0009", "http_protocol_error", "has an address of unknown type (9).")]
    [InlineData("", "connection_terminated", "closed the connection when asked for origin.test:80.")]
    [InlineData("\u0005", "connection_terminated", "closed the connection when asked for origin.test:80.")]
    [InlineData("\u0005\0\u0005\0\0\u0001\u007f", "connection_terminated", "closed the connection when asked for origin.test:80.")]
    public async Task NonsenseInPlaceOfSocks_IsExplained(string answer, string type, string details)
    {
        await using var upstream = RawOrigin.Start(connection => connection.SendAsync(answer));
        await using var proxy = await HttpProxyTests.StartAsync($"socks5h://{upstream.EndPoint}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "http://origin.test/", 502, type, details);
    }

    private static System.Net.IPEndPoint Nowhere(int port) => throw new InvalidOperationException($"Nothing was to be connected, least of all port {port}.");
}
