using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>A connection that is a socket.</summary>
/// <param name="socket">Owned from here on.</param>
internal sealed class SocketEnd(Socket socket) : IConnectionEnd
{
    public Socket Socket => socket;

    public bool IsQuiet
    {
        get
        {
            try
            {
                return socket.Connected && !socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public PeerState PeerState
    {
        get
        {
            try
            {
                return TcpState.Of(socket);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return PeerState.Gone;
            }
        }
    }

    public void StopReceiving()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed: there is no read left to wake.
        }
    }

    /// <summary>Sends a FIN.</summary>
    public ValueTask StopSendingAsync()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The other side is gone already; there is nobody to tell.
        }

        return default;
    }

    /// <summary>Sends a reset.</summary>
    public void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed: a reset is all that is wanted.
        }

        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();
}
