using System.Net;
using System.Net.Sockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public class ListenersTests
{
    private const string Request = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task EveryListener_Serves()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["regular", "regular@[::1]:0"], Listeners = [new ListenerOptions()] });

        Assert.Equal(3, proxy.Listeners.Select(listener => listener.EndPoint).Distinct().Count());
        foreach (var listener in proxy.Listeners) Assert.EndsWith("ok", await AskAsync(listener), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressOfAnyListener_IsTheProxyItself()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["regular", "regular"] });
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET http://{proxy.Listeners[1].EndPoint}/ HTTP/1.1\r\nHost: {proxy.Listeners[1].EndPoint}\r\n\r\n");

        Assert.Contains("error=proxy_loop_detected", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LimitOfConnections_IsThatOfAllListeners()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["regular", "regular"], MaxConnections = 1 });
        await using var first = await RawClient.ConnectAsync((IPEndPoint)proxy.Listeners[0].EndPoint);
        await first.SendAsync(Request);
        await first.ReadMessageAsync();
        await using var second = await RawClient.ConnectAsync((IPEndPoint)proxy.Listeners[1].EndPoint);
        await second.SendAsync(Request);

        // The second is answered once the first has left; until then its request is nobody's.
        await first.SendAsync(Request);
        await first.ReadMessageAsync();
        await proxy.WaitForFlowAsync(1);
        Assert.Equal(2, proxy.Flows.Count(flow => flow.Url == "http://origin.test/"));
        await first.DisposeAsync();

        Assert.EndsWith("ok", await second.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LimitOfConnectionsWithOneOfThem_LeavesNoListenerOut()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["regular", "regular", "regular"], MaxConnections = 1 });

        foreach (var listener in proxy.Listeners) Assert.EndsWith("ok", await AskAsync(listener), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_EndsWhileAClientWaitsForAPlace()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin, new ProxyOptions { Mode = ["regular", "regular"], MaxConnections = 1 });
        await using var first = await RawClient.ConnectAsync((IPEndPoint)proxy.Listeners[0].EndPoint);
        await first.SendAsync(Request);
        await first.ReadMessageAsync();
        await using var second = await RawClient.ConnectAsync((IPEndPoint)proxy.Listeners[1].EndPoint);

        await proxy.DisposeAsync();

        Assert.Equal("", await first.ReadToEndAsync());
    }

    [Fact]
    public async Task SecondAddressTaken_NamesItsOption()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var mode = $"regular@{taken.LocalEndPoint}";

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Mode = ["regular", mode] }));

        Assert.Equal($"--mode {mode}: the port is in use. Stop the program that uses it, or choose another port.", exception.Message);
    }

    private static async Task<string> AskAsync(BoundListener listener)
    {
        await using var client = await RawClient.ConnectAsync((IPEndPoint)listener.EndPoint);
        await client.SendAsync(Request);
        return await client.ReadMessageAsync();
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = options });
}
