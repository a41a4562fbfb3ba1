using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Clients that know nothing of the proxy, led here by the Linux kernel (REDIRECT or TPROXY). The address they dialled is where they go;
/// TLS's SNI and HTTP's Host say what it is called.
/// </summary>
internal sealed partial class TransparentMode(ProtocolSwitch protocols, OwnAddresses own, ILogger<TransparentMode> logger)
{
    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        if (OriginalDestination.Of(connection.Wire.Socket) is not { } destination) return;
        if (own.Contains(destination.Address, destination.Port))
        {
            Log.NotRedirected(logger, connection.Client.RemoteEndPoint, destination);
            return;
        }

        var request = new ConnectRequest(new HeaderBlock(), destination.Address.ToString(), destination.Port);
        await protocols.ServeAsync(connection, request, new TransparentAnswer(connection, destination, own, logger));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Client} connected to {Destination} itself, where only redirected connections can be served.")]
        public static partial void NotRedirected(ILogger logger, IPEndPoint client, IPEndPoint destination);
    }
}
