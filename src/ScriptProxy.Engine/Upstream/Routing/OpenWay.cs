using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>A way for bytes that was opened: a socket, or TLS with a proxy over it. Whoever receives it owns and disposes it.</summary>
/// <param name="socket">The socket below everything.</param>
/// <param name="stream">Its stream, or TLS with a proxy over it.</param>
/// <param name="transport">What that TLS reads from; null without it.</param>
internal sealed class OpenWay(Socket socket, Stream stream, TlsTransport? transport = null) : IDisposable
{
    public Socket Socket => socket;

    public Stream Stream => stream;

    public TlsTransport? Transport => transport;

    /// <summary>Bytes of the destination that came together with a proxy's answer; they come before what is read from the stream.</summary>
    public ReadOnlyMemory<byte> Received { get; init; }

    /// <summary>What each request is written with, for a proxy that takes whole URLs; null when requests go to the destination itself.</summary>
    public AbsoluteForm? AbsoluteForm { get; init; }

    /// <summary>What was dialled.</summary>
    public IPEndPoint? RemoteEndPoint => socket.RemoteEndPoint as IPEndPoint;

    /// <summary>The member of a group that it leads through; null when the route named it itself.</summary>
    public NextHop? Hop { get; private init; }

    /// <summary>The same way, for requests that are written in that form.</summary>
    public OpenWay With(AbsoluteForm form) => new(socket, stream, transport) { AbsoluteForm = form };

    /// <summary>The same way, known to lead through a member of a group.</summary>
    public OpenWay Through(NextHop hop) => new(socket, stream, transport) { Received = Received, AbsoluteForm = AbsoluteForm, Hop = hop };

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }
}
