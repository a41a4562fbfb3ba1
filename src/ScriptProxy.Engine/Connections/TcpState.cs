using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>What the other side of a connection has done, read or not.</summary>
internal enum PeerState
{
    /// <summary>It may still send.</summary>
    Open,

    /// <summary>It closed its sending side; it may still receive.</summary>
    Closed,

    /// <summary>The connection was reset.</summary>
    Gone,
}

/// <summary>What the kernel knows of a TCP connection.</summary>
internal static class TcpState
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const byte Close = 7;
    private const byte CloseWait = 8;

    /// <summary>On Linux the exact TCP state; elsewhere a close shows only when everything before it was read.</summary>
    public static PeerState Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily == AddressFamily.Unix) return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0 ? PeerState.Closed : PeerState.Open;

        Span<byte> info = stackalloc byte[8];
        socket.GetRawSocketOption(Tcp, TcpInfo, info);
        return info[0] switch
        {
            CloseWait => PeerState.Closed,
            Close => PeerState.Gone,
            _ => PeerState.Open,
        };
    }
}
