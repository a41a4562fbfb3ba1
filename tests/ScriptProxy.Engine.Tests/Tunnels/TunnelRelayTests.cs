using System.Security.Cryptography;
using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Tunnels;

/// <summary>What passes through a tunnel arrives as it was sent, whether it is copied or moved by the kernel.</summary>
public sealed class TunnelRelayTests
{
    // Enough for the kernel to move it, and for every buffer on the way to be full.
    private const int Much = 24 * 1024 * 1024;

    private static readonly ProxyOptions Relaying = new() { Tunnel = true };

    [Theory]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3 * 1024 * 1024)]
    [InlineData(Much)]
    public async Task Bytes_ArriveAsTheyWereSent(int count)
    {
        var bytes = RandomNumberGenerator.GetBytes(count);
        await using var origin = RawOrigin.Start(async connection =>
        {
            var received = await connection.ReadExactlyAsync(count);
            await connection.SendAsync(received);
        });
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync(bytes);
        await client.EndSendingAsync();
        var returned = await client.ReadToEndAsync();

        Assert.True(bytes.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(returned)));
        await client.DisposeAsync();
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((count, count), (record.RequestBytes, record.ResponseBytes));
        Assert.Equal(TunnelOutcome.Ended, record.Tunnel!.Outcome);
    }

    [Fact]
    public async Task BothDirectionsAtOnce_ArriveAsTheyWereSent()
    {
        var up = RandomNumberGenerator.GetBytes(Much);
        var down = RandomNumberGenerator.GetBytes(Much);
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            var sending = connection.SendAsync(down);
            received.SetResult(await connection.ReadExactlyAsync(Much));
            await sending;
        });
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        var sending = client.SendAsync(up);
        var returned = await client.ReadExactlyAsync(Much);
        await sending;

        Assert.True(down.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(returned)));
        var arrived = await received.Task;
        Assert.True(up.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(arrived)));
    }

    [Fact]
    public async Task ReaderThatWaits_LosesNothing()
    {
        var bytes = RandomNumberGenerator.GetBytes(Much);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            var sending = connection.SendAsync(bytes);
            sent.SetResult();
            await sending;
        });
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");
        await client.SendAsync("x");
        await sent.Task;

        // Piece by piece: the proxy finds the client full most of the time.
        var received = new StringBuilder();
        while (received.Length < Much) received.Append(await client.ReadExactlyAsync(Math.Min(4096, Much - received.Length)));

        Assert.True(bytes.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(received.ToString())));
    }

    [Fact]
    public async Task ClientThatBreaks_CutsTheServer()
    {
        var isReset = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            await connection.SendAsync("y");
            isReset.SetResult(await connection.IsResetAsync());
        });
        await using var proxy = await StartAsync(origin);
        var client = await proxy.TunnelAsync("origin.test:443");
        await client.SendAsync("x");
        await client.ReadExactlyAsync(1);

        client.Reset();

        Assert.True(await isReset.Task);
        Assert.Equal(TunnelOutcome.ClientBroke, (await proxy.WaitForFlowAsync()).Tunnel!.Outcome);
    }

    [Fact]
    public async Task ServerThatBreaks_CutsTheClient()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            connection.Reset();
        });
        await using var proxy = await StartAsync(origin);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync("x");

        Assert.True(await client.IsResetAsync());
        Assert.Equal(TunnelOutcome.ServerBroke, (await proxy.WaitForFlowAsync()).Tunnel!.Outcome);
    }

    [Fact]
    public async Task TunnelThatStandsStill_IsCutAndSaysSo()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.HasMoreAsync());
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Proxy = Relaying with { TunnelIdleTimeout = TimeSpan.FromMilliseconds(1) },
        });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        Assert.True(await client.IsResetAsync());

        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((TunnelOutcome.Idle, "connection_read_timeout"), (record.Tunnel!.Outcome, record.Error?.Type));
    }

    [Fact]
    public async Task TunnelThatOutlastsTheProxy_IsRecordedAsStopped()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.IsResetAsync());
        var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = Relaying with { ShutdownTimeout = TimeSpan.FromMilliseconds(1) } });
        await using var client = await proxy.TunnelAsync("origin.test:443");
        await origin.ConnectionAsync();

        await proxy.DisposeAsync();

        Assert.Equal(TunnelOutcome.Stopped, Assert.Single(proxy.Flows).Tunnel!.Outcome);
    }

    [Fact]
    public async Task ServerThatCannotBeReached_IsRecordedAsFailed()
    {
        await using var proxy = await TestProxy.StartAsync(Relaying);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((TunnelOutcome.Failed, "connection_refused", 502), (record.Tunnel!.Outcome, record.Error?.Type, record.StatusCode));
    }

    private static Task<TestProxy> StartAsync(RawOrigin origin) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = Relaying });
}
