using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>An open HTTP/1.1 connection to an upstream: in use by one exchange, kept by a client connection, or idle in the pool.</summary>
internal sealed class UpstreamConnection(DialledConnection dialled, HeadParser parser) : IDisposable
{
    public Destination Destination => dialled.Destination ?? throw new InvalidOperationException("A tunnel carries no requests.");

    /// <summary>The way it took.</summary>
    public Route Route => dialled.Route;

    public BufferedConnection Wire => dialled.Wire;

    public ServerConnection Server => dialled.Server;

    /// <summary>How requests are written on it; null for the usual form.</summary>
    public AbsoluteForm? AbsoluteForm => dialled.AbsoluteForm;

    /// <summary>For the response heads of this connection.</summary>
    public HeadParser Parser => parser;

    /// <summary>Whether an addon had something else dialled than the destination: such a connection is no good for everyone who goes there.</summary>
    public bool IsDiverted => dialled.IsDiverted;

    /// <summary>Whether an exchange was completed on it: only then can a failure mean that it had gone stale.</summary>
    public bool IsReused { get; private set; }

    /// <summary>When it became idle, in <see cref="Environment.TickCount64"/> milliseconds.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Notes the end of an exchange that left it usable.</summary>
    public void BecomeIdle()
    {
        IsReused = true;
        IdleSince = Environment.TickCount64;
        Wire.ReleaseBuffer();
    }

    /// <summary>Cuts it, from any thread; the exchange on it fails.</summary>
    public void Abort() => Wire.Abort();

    public void Dispose() => dialled.Dispose();
}
