using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// What carries a connection, as far as it is more than its bytes: it can end in one direction or in both. A socket, or a stream of HTTP/2
/// that a client opened as a tunnel. Thread-safe.
/// </summary>
internal interface IConnectionEnd : IDisposable
{
    /// <summary>The socket; null where there is none of its own.</summary>
    Socket? Socket { get; }

    /// <summary>Whether it is open and nothing came that was not read.</summary>
    bool IsQuiet { get; }

    /// <summary>What the other side has done, as far as it can be told without reading.</summary>
    PeerState PeerState { get; }

    /// <summary>Wakes a pending read with an end of stream, leaving the sending side usable for an answer.</summary>
    void StopReceiving();

    /// <summary>Tells the other side that nothing more comes.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    ValueTask StopSendingAsync();

    /// <summary>Cuts it, so that the other side cannot take what came so far for the whole.</summary>
    void Abort();
}
