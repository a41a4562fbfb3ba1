using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>What the kernel knows of a TCP connection, unread bytes or not.</summary>
internal static class TcpState
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const byte Established = 1;

    /// <summary>Whether a FIN or RST arrived. On Linux the exact TCP state; elsewhere only when everything before it was read.</summary>
    public static bool HasPeerClosed(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

        Span<byte> info = stackalloc byte[8];
        socket.GetRawSocketOption(Tcp, TcpInfo, info);
        return info[0] != Established;
    }
}
