using System.Globalization;
using System.Net;
using ScriptProxy.Engine.Tests.Hooks;
using ScriptProxy.Engine.Tests.Upstream.Clusters;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Failures;

/// <summary>What nobody waits for any more is not waited for: a client that leaves ends the dialling for it.</summary>
public sealed class LeavingClientTests
{
    private const string Left = "The client closed the connection.";
    private static readonly ProxyOptions Patient = new() { ConnectTimeout = TimeSpan.FromMinutes(10), HandshakeTimeout = TimeSpan.FromMinutes(10) };

    [Theory]
    [InlineData("GET http://{0}/ HTTP/1.1\r\nHost: {0}\r\n\r\n", false)]
    [InlineData("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", false)]
    [InlineData("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", true)]
    public async Task WhileConnecting_ConnectingEnds(string request, bool closes)
    {
        await using var origin = FailingOrigin.WithoutPlace();
        var before = Connecting(origin.Authority);
        var addon = new Dialling();
        await using var proxy = await TestProxy.StartAsync(Patient with { Tunnel = true }, addon);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(string.Format(CultureInfo.InvariantCulture, request, origin.Authority));
        await UntilConnectingAsync(origin.Authority, count => count > before);

        if (closes) await client.DisposeAsync();
        else client.Reset();

        await AssertLeftAsync(proxy);
        await UntilConnectingAsync(origin.Authority, count => count == before);
        Assert.Equal(["dialling", "failed: connection_terminated"], addon.Marks.All);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileAnUpstreamProxyIsAsked_TheConnectionToItEnds(bool isTunnel)
    {
        var asked = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var upstream = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            asked.SetResult();
            await EndOfAsync(connection);
            ended.SetResult();
        });
        await using var proxy = await TestProxy.StartAsync(Patient with { Tunnel = isTunnel, Upstream = $"http://{upstream.EndPoint}" });
        await using var client = isTunnel ? await proxy.ConnectAsync() : await proxy.TunnelTlsAsync("origin.test:443");
        await client.SendAsync(isTunnel ? "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n" : "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        await asked.Task.WaitAsync(TestDeadline.Limit);

        client.Reset();

        await AssertLeftAsync(proxy);
        await ended.Task.WaitAsync(TestDeadline.Limit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WhileTlsBegins_TheConnectionEnds(int version)
    {
        var greeted = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.True(await connection.HasMoreAsync());
            greeted.SetResult();
            await EndOfAsync(connection);
            ended.SetResult();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = Patient });
        using var leaving = new CancellationTokenSource();
        var response = proxy.CreateClient(version == 2 ? HttpVersion.Version20 : HttpVersion.Version11).GetAsync("https://origin.test/", leaving.Token);
        await greeted.Task.WaitAsync(TestDeadline.Limit);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
        await AssertLeftAsync(proxy);
        await ended.Task.WaitAsync(TestDeadline.Limit);
    }

    [Fact]
    public async Task WhileATunnelWaitsForASlot_TheNextOneGetsIt()
    {
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, _ => Task.CompletedTask);
        var addon = new Dialling();
        await using var proxy = await ClusterFixture.StartAsync(
            new ProxyOptions { Tunnel = true }, ClusterFixture.Http(origin), upstream => upstream with { Limits = new() { MaxConnections = 1, MaxPending = 1 } }, addon);
        await using var first = await proxy.TunnelAsync($"{ClusterFixture.Host}:443");
        await using var second = await proxy.ConnectAsync();
        await second.SendAsync($"CONNECT {ClusterFixture.Host}:443 HTTP/1.1\r\nHost: {ClusterFixture.Host}:443\r\n\r\n");
        await addon.Marks.WaitAsync(2);

        second.Reset();

        await AssertLeftAsync(proxy);
        first.Reset();
        await proxy.WaitForFlowAsync(1);
        await using var third = await proxy.TunnelAsync($"{ClusterFixture.Host}:443");
    }

    private static async Task AssertLeftAsync(TestProxy proxy)
    {
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("connection_terminated", Left), (record.Error?.Type, record.Error?.Message));
    }

    private static async Task EndOfAsync(RawConnection connection)
    {
        try
        {
            while (await connection.HasMoreAsync()) await connection.ReadExactlyAsync(1);
        }
        catch (IOException)
        {
            // Reset: ended as well.
        }
    }

    private static Task<object> UntilConnectingAsync(string authority, Func<int, bool> isWanted) =>
        TestDeadline.PollAsync(() => isWanted(Connecting(authority)) ? new object() : null, () => $"{Connecting(authority)} connections to {authority} are being opened.");

    /// <summary>How many connections to an address are waiting for it to accept (Linux: state SYN_SENT).</summary>
    private static int Connecting(string authority)
    {
        var address = IPEndPoint.Parse(authority);
        var remote = $"{BitConverter.ToUInt32(address.Address.GetAddressBytes()):X8}:{address.Port:X4}";
        return File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Count(fields => fields[2] == remote && fields[3] == "02");
    }

    private sealed class Dialling : Addon
    {
        public Marks Marks { get; } = new();

        public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect) => Marks.Add("dialling");

        public override ValueTask OnUpstreamFailedAsync(UpstreamConnect connect) => Marks.Add($"failed: {connect.Error?.Type}");
    }
}
