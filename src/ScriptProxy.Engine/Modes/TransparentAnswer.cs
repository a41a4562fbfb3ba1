using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Modes;

/// <summary>No answer at all: clients of a transparent proxy do not know of it. Ends connections that turn out to be our own.</summary>
internal sealed partial class TransparentAnswer(ProxyConnection connection, IPEndPoint destination, OwnAddresses own, ILogger logger) : TunnelAnswer
{
    /// <summary>False for a connection that we made to an upstream and that was led back to us.</summary>
    public override bool IsWanted
    {
        get
        {
            if (!own.HasDialled(connection.Client.RemoteEndPoint, destination)) return true;
            Log.Loop(logger, destination);
            return false;
        }
    }

    public override ValueTask<bool> TryAcceptAsync() => new(IsWanted);

    public override ValueTask RefuseAsync(FlowError error)
    {
        connection.Wire.Abort();
        return default;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The proxy's own connection to {Destination} was led back to it, and is cut. Leave the proxy's user out of the rule that redirects (docs/modes.md).")]
        public static partial void Loop(ILogger logger, IPEndPoint destination);
    }
}
