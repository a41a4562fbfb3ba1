using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Hooks;

/// <summary>OnTunnelStart, OnTcpData, OnTunnelEnd.</summary>
public sealed class TunnelHookTests
{
    [Fact]
    public async Task Tunnel_IsToldFromStartToEnd()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal("ping", await connection.ReadExactlyAsync(4));
            await connection.SendAsync("a longer pong");
        });
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync("ping");
        Assert.Equal("a longer pong", await client.ReadExactlyAsync(13));
        await client.EndSendingAsync();
        await client.ReadToEndAsync();

        Assert.Equal([$"start origin.test:443 at {origin.EndPoint}", "end 4 up 13 down, error=, ja4="], await addon.Marks.WaitAsync(2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TlsInATunnel_IsKnownByItsHello(bool decidedByHello)
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        var addon = new Watching { TunnelsByHello = decidedByHello };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.StartTlsAsync("origin.test", origin.RootCertificatePath);
        await client.EndSendingAsync();
        await client.ReadToEndAsync();

        Assert.Matches(", ja4=t1[23]d", (await addon.Marks.WaitAsync(2))[1]);
    }

    [Fact]
    public async Task Data_IsSeenAndChangedBothWays()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal("pingping", await connection.ReadExactlyAsync(8));
            await connection.SendAsync("pong");
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            RawOrigins = [origin],
            Script = """
                void OnConnect(ConnectFlow connect) => connect.Tunnel();
                void OnTcpData(TcpData data)
                {
                    if (data.FromClient) data.Bytes = (byte[])[.. data.Bytes.Span, .. data.Bytes.Span];
                    else data.Bytes = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(data.Bytes.Span).ToUpperInvariant());
                }
                """,
        });
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync("ping");

        Assert.Equal("PONG", await client.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task DataThatIsDropped_DoesNotPass()
    {
        await using var origin = RawOrigin.Start(async connection => Assert.Equal("", await connection.ReadToEndAsync()));
        var addon = new Watching { Data = static data => data.Drop() };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        await client.SendAsync("secret");
        await client.EndSendingAsync();
        await client.ReadToEndAsync();

        Assert.Contains("end 0 up 0 down", (await addon.Marks.WaitAsync(2))[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("data")]
    [InlineData("abort")]
    public async Task HookThatFailsOrAborts_CutsTheTunnel(string what)
    {
        await using var origin = RawOrigin.Start(async connection => await connection.HasMoreAsync());
        var addon = new Watching
        {
            Start = tunnel => { if (what == "start") throw new FormatException("bad"); },
            Data = data =>
            {
                if (what == "abort") data.Tunnel.Abort();
                else throw new FormatException("bad");
            },
        };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.TunnelAsync("origin.test:443");

        var isReset = client.IsResetAsync();
        if (what != "start") await client.SendAsync("secret");

        Assert.True(await isReset);
        var end = (await addon.Marks.WaitAsync(2))[1];
        Assert.Contains("end 0 up 0 down", end, StringComparison.Ordinal);
        Assert.Contains(what == "abort" ? "error=," : "error=proxy_internal_error", end, StringComparison.Ordinal);
        Assert.Equal("", (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task OpenTunnel_KeepsNoOldVersion()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            while (await connection.HasMoreAsync()) await connection.SendAsync(await connection.ReadExactlyAsync(1));
        });
        const string script = """
            void OnConnect(ConnectFlow connect) => connect.Tunnel();
            void OnTcpData(TcpData data) { if (data.FromClient) data.Bytes = "1"u8.ToArray(); }
            """;
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Script = script, Watch = true });
        await using var client = await proxy.TunnelAsync("origin.test:443");
        await client.SendAsync("x");
        Assert.Equal("1", await client.ReadExactlyAsync(1));

        await File.WriteAllTextAsync(proxy.ScriptPath, script.Replace("\"1\"", "\"2\"", StringComparison.Ordinal) + "\nvoid OnUnload() { }");
        await proxy.WaitForLogAsync("was replaced");

        await client.SendAsync("x");
        Assert.Equal("2", await client.ReadExactlyAsync(1));
    }

    private sealed class Watching : Addon
    {
        public Marks Marks { get; } = new();

        public bool TunnelsByHello { get; init; }

        public Action<TunnelFlow> Start { get; init; } = static _ => { };

        public Action<TcpData> Data { get; init; } = static _ => { };

        public override ValueTask OnConnectAsync(ConnectFlow connect)
        {
            if (!TunnelsByHello) connect.Tunnel();
            return default;
        }

        public override ValueTask OnTlsClientHelloAsync(TlsClientHello hello)
        {
            hello.Tunnel();
            return default;
        }

        public override async ValueTask OnTunnelStartAsync(TunnelFlow tunnel)
        {
            await Marks.Add($"start {tunnel.Host}:{tunnel.Port} at {tunnel.RemoteEndPoint}");
            Start(tunnel);
        }

        public override ValueTask OnTcpDataAsync(TcpData data)
        {
            Data(data);
            return default;
        }

        public override ValueTask OnTunnelEndAsync(TunnelFlow tunnel)
        {
            Assert.True(tunnel.Duration > TimeSpan.Zero);
            return Marks.Add($"end {tunnel.BytesToServer} up {tunnel.BytesToClient} down, error={tunnel.Error?.Type}, ja4={tunnel.ClientHello?.Ja4}");
        }
    }
}
