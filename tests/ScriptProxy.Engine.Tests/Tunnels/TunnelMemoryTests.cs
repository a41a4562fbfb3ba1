using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Tunnels;

/// <summary>What a tunnel holds on to while nothing passes.</summary>
public sealed class TunnelMemoryTests
{
    [Fact]
    public async Task OpenTunnel_HoldsNothingOfTheRequestForIt()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync(await connection.ReadExactlyAsync(4)));
        var addon = new Tunnelling();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");
        await client.SendAsync("ping");
        Assert.Equal("ping", await client.ReadExactlyAsync(4));

        await TestDeadline.PollAsync(
            () =>
            {
                GC.Collect();
                return addon.Seen!.IsAlive ? null : addon;
            },
            () => "the request is still held");
    }

    private sealed class Tunnelling : Addon
    {
        public WeakReference? Seen { get; private set; }

        public override ValueTask OnConnectAsync(ConnectFlow connect)
        {
            Seen = new WeakReference(connect);
            connect.Tunnel();
            return default;
        }
    }
}
