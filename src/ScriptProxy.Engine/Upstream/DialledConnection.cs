using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>A connection as it was dialled: bytes written to it reach the destination, TLS verified where there is TLS. The receiver owns and disposes it.</summary>
/// <param name="wire">The socket, and what is read from and written to.</param>
/// <param name="route">The way it took.</param>
/// <param name="server">The same for addons; says what ALPN chose.</param>
internal sealed class DialledConnection(BufferedConnection wire, Route route, ServerConnection server) : IDisposable
{
    /// <summary>HTTP/2 without TLS, where nothing is agreed on (RFC 9113 §3.3): its name in the registry of ALPN.</summary>
    public const string PriorKnowledge = "h2c";

    /// <summary>Where it leads; null for a tunnel.</summary>
    public Destination? Destination { get; init; }

    public BufferedConnection Wire => wire;

    /// <summary>What the TLS stream of <see cref="Wire"/> reads from; null without TLS.</summary>
    public TlsTransport? Transport { get; init; }

    public Route Route => route;

    public ServerConnection Server => server;

    /// <summary>Whether HTTP/2 is spoken on it.</summary>
    public bool IsHttp2 => server.ApplicationProtocol is "h2" or PriorKnowledge;

    /// <summary>Whether an addon had something else dialled: such a connection is no good for everyone who goes there.</summary>
    public bool IsDiverted { get; init; }

    /// <summary>How requests are written on it; null for the usual form.</summary>
    public AbsoluteForm? AbsoluteForm { get; init; }

    public void Dispose() => wire.Dispose();
}
