using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Stands in front of one server of whatever protocol: its bytes are relayed unread, as they come, whoever speaks first. Addons see them as
/// those of any tunnel.
/// </summary>
internal sealed class RelayMode(Destination server, ProtocolSwitch protocols)
{
    /// <summary>Serves one client; the relaying is left as the connection's remainder.</summary>
    public Task ServeAsync(ProxyConnection connection) => protocols.RelayAsync(connection, server.Host, server.Port);
}
