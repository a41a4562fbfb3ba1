namespace ScriptProxy.Testing;

/// <content>The hooks of connections and tunnels, one step each.</content>
public sealed partial class AddonHost
{
    /// <summary>Runs OnConnect.</summary>
    /// <param name="connect">See <see cref="TestConnections.Connect"/>.</param>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public Task ConnectAsync(ConnectFlow connect) => CallAsync(addons => addons.Connect, connect);

    /// <summary>Runs OnTlsClientHello.</summary>
    /// <param name="hello">See <see cref="TestConnections.ClientHello"/>.</param>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public Task TlsClientHelloAsync(TlsClientHello hello) => CallAsync(addons => addons.ClientHello, hello);

    /// <summary>Runs OnClientConnected.</summary>
    /// <param name="client">See <see cref="TestConnections.Client"/>.</param>
    /// <returns>Why an addon refused the connection; null when none did.</returns>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public async Task<string?> ClientConnectedAsync(ClientConnection client)
    {
        await CallAsync(addons => addons.ClientConnected, client);
        return client.Refusal;
    }

    /// <summary>Runs OnProxyAuthenticate.</summary>
    /// <param name="authentication">See <see cref="TestConnections.Authentication"/>.</param>
    /// <returns>What addons decided; null when none did.</returns>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public async Task<bool?> ProxyAuthenticateAsync(ProxyAuthentication authentication)
    {
        ArgumentNullException.ThrowIfNull(authentication);
        await CallAsync(addons => addons.ProxyAuthenticate, authentication);
        return authentication.IsAccepted;
    }

    /// <summary>Runs OnClientDisconnected. What it throws is logged, as in the proxy.</summary>
    public Task ClientDisconnectedAsync(ClientConnection client) => CallAsync(addons => addons.ClientDisconnected, client);

    /// <summary>Runs OnTlsFailed. What it throws is logged, as in the proxy.</summary>
    /// <param name="failure">See <see cref="TestConnections.TlsFailure"/>.</param>
    public Task TlsFailedAsync(TlsFailure failure) => CallAsync(addons => addons.TlsFailed, failure);

    /// <summary>Runs OnUpstreamConnecting.</summary>
    /// <param name="connect">See <see cref="TestConnections.Upstream"/>; afterwards it says what is dialled.</param>
    /// <returns>Why an addon refused it; null when none did.</returns>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public async Task<string?> UpstreamConnectingAsync(UpstreamConnect connect)
    {
        await CallAsync(addons => addons.UpstreamConnecting, connect);
        return connect.Refusal;
    }

    /// <summary>Runs OnUpstreamConnected. What it throws is logged, as in the proxy.</summary>
    public Task UpstreamConnectedAsync(UpstreamConnect connect) => CallAsync(addons => addons.UpstreamConnected, connect);

    /// <summary>Runs OnUpstreamFailed, after giving the connection its error. What it throws is logged, as in the proxy.</summary>
    public Task UpstreamFailedAsync(UpstreamConnect connect, FlowError error)
    {
        ArgumentNullException.ThrowIfNull(connect);
        connect.Error = error;
        return CallAsync(addons => addons.UpstreamFailed, connect);
    }

    /// <summary>Runs OnTunnelStart.</summary>
    /// <param name="tunnel">See <see cref="TestConnections.Tunnel"/>.</param>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public Task TunnelStartAsync(TunnelFlow tunnel) => CallAsync(addons => addons.TunnelStart, tunnel);

    /// <summary>Runs OnTcpData.</summary>
    /// <param name="tunnel">What the bytes pass through.</param>
    /// <param name="fromClient">Whether the client sent them.</param>
    /// <param name="bytes">What was received.</param>
    /// <returns>What is passed on; nothing when addons dropped it.</returns>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public async Task<ReadOnlyMemory<byte>> TcpDataAsync(TunnelFlow tunnel, bool fromClient, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(tunnel);
        var data = new TcpData(tunnel, fromClient, bytes);
        await CallAsync(addons => addons.TcpData, data);
        if (fromClient) tunnel.SetBytes(tunnel.BytesToServer + data.Bytes.Length, tunnel.BytesToClient);
        else tunnel.SetBytes(tunnel.BytesToServer, tunnel.BytesToClient + data.Bytes.Length);
        return data.Bytes;
    }

    /// <summary>Runs OnTunnelEnd. What it throws is logged, as in the proxy.</summary>
    public Task TunnelEndAsync(TunnelFlow tunnel)
    {
        ArgumentNullException.ThrowIfNull(tunnel);
        tunnel.Duration ??= DateTimeOffset.UtcNow - tunnel.Started;
        return CallAsync(addons => addons.TunnelEnd, tunnel);
    }
}
