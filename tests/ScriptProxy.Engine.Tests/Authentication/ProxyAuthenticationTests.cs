using System.Text;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Authentication;

public sealed class ProxyAuthenticationTests : IDisposable
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    // "pw", and "new" below.
    private const string Hash = "{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=";

    private readonly string _folder = Directory.CreateTempSubdirectory("modes-auth-").FullName;

    private string UsersPath => Path.Combine(_folder, "users");

    [Fact]
    public async Task WithoutCredentials_IsAskedOnAConnectionThatStays()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        var challenge = await client.ReadMessageAsync();
        Assert.StartsWith("HTTP/1.1 407 ", challenge, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Authenticate: Basic realm=\"ScriptProxy\", charset=\"UTF-8\"\r\n", challenge, StringComparison.Ordinal);

        await client.SendAsync($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: {Basic("ann:pw")}\r\n\r\n");
        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_IsAskedAndThenIntercepted()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { ProxyAuth = "ann:pw" } });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 407 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
        await client.SendAsync($"CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nProxy-Authorization: {Basic("ann:pw")}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.StartTlsAsync("origin.test", proxy.RootCertificatePath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("ann", (await proxy.WaitForFlowAsync()).User);
    }

    [Fact]
    public async Task Credentials_ReachNeitherAddonsNorOrigin()
    {
        var seen = new List<string>();
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Proxy = new ProxyOptions { ProxyAuth = "ann:pw" },
            Addons = [new Watching(flow => seen.AddRange([.. flow.Request.Headers.Select(header => header.Key), $"user={flow.Client.User}"]))],
        });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: {Basic("ann:pw")}\r\n\r\n");
        await client.ReadMessageAsync();

        Assert.Equal(["Host", "user=ann"], seen);
        Assert.DoesNotContain("Authorization", (await origin.ConnectionAsync()).ReceivedText, StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.LogLines, line => line.Contains("pw", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ListenerWithoutUsers_LeavesCredentialsOut()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        var seen = 0;
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [new Watching(flow => seen = flow.Request.Headers.Count)] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: {Basic("ann:pw")}\r\n\r\n");
        await client.ReadMessageAsync();

        Assert.Equal(1, seen);
    }

    [Theory]
    [InlineData("Basic YW5uOng=")]
    [InlineData("Basic YW5uOnB3eA==")]
    [InlineData("Basic Ym9iOnB3")]
    [InlineData("Basic YW5uOnB3\r\nProxy-Authorization: Basic YW5uOnB3")]
    [InlineData("Basic !")]
    [InlineData("Basic")]
    [InlineData("Bearer YW5uOnB3")]
    [InlineData("")]
    public async Task WrongCredentials_AreRefused(string header)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nProxy-Authorization: {header}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 407 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestWithABody_IsRefusedAndClosed()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 40\r\n\r\nGET http://origin.test/x HTTP/1.1\r\n");
        var answers = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 407 ", answers, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answers, StringComparison.Ordinal);
        Assert.Equal(0, answers.IndexOf("HTTP/1.1", StringComparison.Ordinal));
        Assert.Equal(0, answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecondRequestWithOtherCredentials_IsVerifiedAgain()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: {Basic("ann:pw")}\r\n\r\n");
        await client.ReadMessageAsync();

        await client.SendAsync($"GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nProxy-Authorization: {Basic("ann:no")}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 407 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnPage_NeedsNoCredentials()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: proxy\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedFile_IsLive()
    {
        await File.WriteAllTextAsync(UsersPath, $"ann:{Hash}\n");
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuthFile = UsersPath });
        Assert.Equal(200, await TunnelStatusAsync(proxy, "ann:pw"));

        await File.WriteAllTextAsync(UsersPath, $"bob:{Hash}\n#\n");
        await proxy.WaitForLogAsync("1 users are live");

        Assert.Equal(407, await TunnelStatusAsync(proxy, "ann:pw"));
        Assert.Equal(200, await TunnelStatusAsync(proxy, "bob:pw"));
    }

    [Fact]
    public async Task BrokenFile_KeepsTheUsers()
    {
        await File.WriteAllTextAsync(UsersPath, $"ann:{Hash}\n");
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuthFile = UsersPath });

        await File.WriteAllTextAsync(UsersPath, "ann\n");
        await proxy.WaitForLogAsync($"{UsersPath}(1): expected user:hash. Make the line with scriptproxy hash-password USER. The users stay as they were.");

        Assert.Equal(200, await TunnelStatusAsync(proxy, "ann:pw"));
    }

    [Fact]
    public async Task FileThatCannotBeUsed_StopsTheStart()
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { ProxyAuthFile = UsersPath }));

        Assert.Equal($"--listen 127.0.0.1:0: proxy-auth-file {UsersPath}: cannot be read (there is no such file). Name a file that the user who runs the proxy may read.", exception.Message);
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann:")]
    [InlineData(":pw")]
    public void BadPair_StopsTheStartWithoutShowingIt(string pair) =>
        Assert.Equal(["--proxy-auth ***: expected USER:PASSWORD, both not empty."], new ProxyOptions { ProxyAuth = pair }.Validate());

    [Fact]
    public void AddressBeyondLoopback_IsTakenWithUsers()
    {
        Assert.Empty(new ProxyOptions { Listen = "0.0.0.0:0", ProxyAuth = "ann:pw" }.Validate());
        Assert.Contains("Ask for a user with --proxy-auth", Assert.Single(new ProxyOptions { Listen = "0.0.0.0:0" }.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_MayHaveUsersOfItsOwn()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions
        {
            ProxyAuth = "ann:pw",
            Listeners = [new ListenerOptions { Listen = "127.0.0.1:0", ProxyAuth = "bob:pw" }],
        });

        Assert.Equal(407, await TunnelStatusAsync(proxy, "ann:pw"));
        Assert.Equal(200, await TunnelStatusAsync(proxy, "bob:pw"));
    }

    [Fact]
    public async Task Addon_DecidesAndOptionsAreAskedWhereItDoesNot()
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Proxy = new ProxyOptions { ProxyAuth = "ann:pw" }, Addons = [new Deciding()] });

        Assert.Equal(200, await TunnelStatusAsync(proxy, "ann:pw"));
        Assert.Equal(200, await TunnelStatusAsync(proxy, "guest:anything"));
        Assert.Equal(407, await TunnelStatusAsync(proxy, "banned:pw"));
        Assert.Equal(407, await TunnelStatusAsync(proxy, "ann:no"));
    }

    [Fact]
    public async Task AddonThatFails_LetsNobodyIn()
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Addons = [new Deciding()], AllowErrors = true });

        Assert.Equal(407, await TunnelStatusAsync(proxy, "broken:pw"));
        Assert.Equal(407, await TunnelStatusAsync(proxy, "ann:pw"));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 100)]
    [InlineData(5, 200)]
    [InlineData(8, 1600)]
    [InlineData(9, 3000)]
    [InlineData(int.MaxValue, 3000)]
    public void FailedLogins_WaitLongerEachTime(int count, int milliseconds) => Assert.Equal(milliseconds, FailedLogins.Delay(count).TotalMilliseconds);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    private static async Task<int> TunnelStatusAsync(TestProxy proxy, string pair)
    {
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nProxy-Authorization: {Basic(pair)}\r\n\r\n");
        return int.Parse((await client.ReadHeadAsync()).AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options });

    private sealed class Watching(Action<HttpFlow> see) : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            see(flow);
            return default;
        }
    }

    private sealed class Deciding : Addon
    {
        public override ValueTask OnProxyAuthenticateAsync(ProxyAuthentication authentication)
        {
            if (authentication.User == "guest") authentication.Accept();
            if (authentication.User == "banned") authentication.Reject();
            if (authentication.User == "broken") throw new FormatException("bad");
            return default;
        }
    }
}
