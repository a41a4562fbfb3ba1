namespace ScriptProxy.Testing.Tests;

/// <summary>The hooks of connections and tunnels.</summary>
public sealed class AddonHostConnectionTests
{
    [Fact]
    public async Task Connect_IsDecided()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnConnect(ConnectFlow connect) { if (connect.Host == "ads.example") connect.Deny("No ads."); }""");
        var (denied, other) = (TestConnections.Connect("ads.example"), TestConnections.Connect("origin.test"));

        await host.ConnectAsync(denied);
        await host.ConnectAsync(other);

        Assert.Equal((ConnectDecision.Deny, "No ads."), (denied.Decision, denied.DenyReason));
        Assert.Equal(ConnectDecision.Default, other.Decision);
    }

    [Fact]
    public async Task ClientHello_IsDecided()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnTlsClientHello(TlsClientHello hello) { if (hello.ServerName is null) hello.Tunnel(); }""");
        var (nameless, named) = (TestConnections.ClientHello(null), TestConnections.ClientHello("origin.test", 443, null, "h2"));

        await host.TlsClientHelloAsync(nameless);
        await host.TlsClientHelloAsync(named);

        Assert.Equal(ConnectDecision.Tunnel, nameless.Decision);
        Assert.Equal(ConnectDecision.Default, named.Decision);
        Assert.Equal(["h2"], named.ApplicationProtocols);
        Assert.StartsWith("t13", named.Ja4, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_IsRefused()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnClientConnected(ClientConnection client) { if (client.RemoteEndPoint.Port < 1024) client.Refuse("Strange."); }
            void OnClientDisconnected(ClientConnection client) => client.Metadata["gone"] = true;
            """);
        var strange = TestConnections.Client(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("192.0.2.7"), 80));

        Assert.Equal("Strange.", await host.ClientConnectedAsync(strange));
        Assert.Null(await host.ClientConnectedAsync(TestConnections.Client()));
        await host.ClientDisconnectedAsync(strange);
        Assert.Equal(true, strange.Metadata["gone"]);
    }

    [Fact]
    public async Task Upstream_IsSentElsewhereOrRefused()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnUpstreamConnecting(UpstreamConnect connect)
            {
                if (connect.Host == "api.test") connect.ConnectTo("10.0.0.7", 8443);
                else connect.Refuse("Not from here.");
            }
            void OnUpstreamFailed(UpstreamConnect connect) => connect.Client.Metadata["failed"] = connect.Error!.Type;
            """);
        var (sent, refused) = (TestConnections.Upstream("api.test"), TestConnections.Upstream("other.test"));

        Assert.Null(await host.UpstreamConnectingAsync(sent));
        Assert.Equal("Not from here.", await host.UpstreamConnectingAsync(refused));
        await host.UpstreamFailedAsync(sent, new FlowError("connection_refused", 502, "no"));

        Assert.Equal(("10.0.0.7", 8443), (sent.DialHost, sent.DialPort));
        Assert.Equal("connection_refused", sent.Client.Metadata["failed"]);
    }

    [Fact]
    public async Task Tunnel_IsWatchedAndEdited()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnTunnelStart(TunnelFlow tunnel) { if (tunnel.Host == "bad.test") tunnel.Abort(); }
            void OnTcpData(TcpData data) { if (data.FromClient) data.Bytes = "changed"u8.ToArray(); else data.Drop(); }
            void OnTunnelEnd(TunnelFlow tunnel) => tunnel.Metadata["sent"] = tunnel.BytesToServer;
            """);
        var cut = false;
        var tunnel = TestConnections.Tunnel("good.test");

        await host.TunnelStartAsync(TestConnections.Tunnel("bad.test", cut: () => cut = true));
        await host.TunnelStartAsync(tunnel);
        var up = await host.TcpDataAsync(tunnel, fromClient: true, "hello"u8.ToArray());
        var down = await host.TcpDataAsync(tunnel, fromClient: false, "hello"u8.ToArray());
        await host.TunnelEndAsync(tunnel);

        Assert.True(cut);
        Assert.Equal("changed"u8.ToArray(), up.ToArray());
        Assert.True(down.IsEmpty);
        Assert.Equal(7L, tunnel.Metadata["sent"]);
    }

    [Fact]
    public async Task TlsFailure_IsSeen()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnTlsFailed(TlsFailure failure) => failure.Client.Metadata["pinned"] = failure.ClientRejectedCertificate;""");
        var failure = TestConnections.TlsFailure("pinned.test", "unknown_ca", alert: 48);

        await host.TlsFailedAsync(failure);

        Assert.Equal(true, failure.Client.Metadata["pinned"]);
    }
}
