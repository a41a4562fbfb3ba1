using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public class SilentClientTests
{
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task TlsAfterTheSilence_IsIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = true }, Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        // The proxy has stopped waiting for the client alone.
        await origin.ConnectionAsync();
        await client.StartTlsAsync("origin.test", proxy.RootCertificatePath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("https://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task PlainHttpAfterTheSilence_IsIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:80");

        await origin.ConnectionAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("http://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task RequestInPieces_IsIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:80");

        foreach (var character in "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n") await client.SendAsync(character.ToString());

        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("http://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task ServerThatSpeaks_IsRelayed()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("220 ready\r\n");
            await connection.ReadUntilAsync("GET / HTTP/1.1\r\n");
            await connection.SendAsync("221 bye\r\n");
        });
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        Assert.Equal("220 ready\r\n", await client.ReadUntilAsync("\r\n"));
        await client.SendAsync("GET / HTTP/1.1\r\n");
        Assert.Equal("221 bye\r\n", await client.ReadToEndAsync());
        await client.DisposeAsync();
        Assert.Equal(["tunnel"], (await proxy.WaitForFlowAsync()).Tags);
    }

    [Fact]
    public async Task ServerThatEndsWithoutAWord_EndsTheTunnel()
    {
        await using var origin = RawOrigin.Start(_ => Task.CompletedTask);
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task ClientThatLeaves_LeavesNothingOpen()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal("", await connection.ReadToEndAsync());
            ended.SetResult();
        });
        await using var proxy = await StartAsync(origin);
        var client = await proxy.TunnelAsync("origin.test:443");
        await origin.ConnectionAsync();

        await client.DisposeAsync();

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin) => TestProxy.StartAsync(new TestProxyOptions
    {
        RawOrigins = [origin],
        Proxy = new ProxyOptions { ServerFirstTimeout = TimeSpan.FromMilliseconds(1) },
    });
}
