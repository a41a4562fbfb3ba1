using System.Net.Sockets;
using ScriptProxy.Engine.Upstream.Dialling;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>No proxy between: the destination itself is dialled.</summary>
internal sealed class DirectHop(SocketDialler dialler) : NextHop
{
    /// <summary>The name that routes and addons use for it.</summary>
    public const string DirectName = "direct";

    public override string Name => DirectName;

    public override async Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken)
    {
        var socket = await dialler.ConnectAsync(target.Host, target.Port, isTrusted: false, cancellationToken);
        return new OpenWay(socket, new NetworkStream(socket, ownsSocket: true));
    }
}
