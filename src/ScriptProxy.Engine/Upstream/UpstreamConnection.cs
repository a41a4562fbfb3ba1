using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream;

/// <summary>An open HTTP/1.1 connection to an upstream: in use by one exchange, kept by a client connection, or idle in the pool.</summary>
internal sealed class UpstreamConnection(Destination destination, BufferedConnection wire, ServerConnection server, HeadParser parser) : IDisposable
{
    public Destination Destination => destination;

    public BufferedConnection Wire => wire;

    public ServerConnection Server => server;

    /// <summary>For the response heads of this connection.</summary>
    public HeadParser Parser => parser;

    /// <summary>Whether an addon had something else dialled than the destination: such a connection is no good for everyone who goes there.</summary>
    public bool IsDiverted { get; init; }

    /// <summary>Whether an exchange was completed on it: only then can a failure mean that it had gone stale.</summary>
    public bool IsReused { get; private set; }

    /// <summary>When it became idle, in <see cref="Environment.TickCount64"/> milliseconds.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Notes the end of an exchange that left it usable.</summary>
    public void BecomeIdle()
    {
        IsReused = true;
        IdleSince = Environment.TickCount64;
        wire.ReleaseBuffer();
    }

    /// <summary>Cuts it, from any thread; the exchange on it fails.</summary>
    public void Abort() => wire.Abort();

    public void Dispose() => wire.Dispose();
}
