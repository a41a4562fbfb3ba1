using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>An IP address and a port; 0 takes a free one.</summary>
internal sealed record TcpAddress(IPEndPoint EndPoint) : ListenAddress
{
    public override bool IsLocal => IPAddress.IsLoopback(EndPoint.Address);

    public override Socket Bind(bool forOthers)
    {
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (EndPoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, OperatingSystem.IsLinux() || OperatingSystem.IsMacOS());
            if (forOthers) OriginalDestination.TryAcceptForOthers(socket);
            socket.Bind(EndPoint);
            socket.Listen(ClientListener.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override bool Overlaps(ListenAddress other)
    {
        if (other is not TcpAddress { EndPoint: var theirs } || EndPoint.Port == 0 || EndPoint.Port != theirs.Port) return false;
        return EndPoint.Address.Equals(theirs.Address) || Covers(EndPoint.Address, theirs.Address) || Covers(theirs.Address, EndPoint.Address);
    }

    public override string ToString() => EndPoint.ToString();

    /// <summary>Whether one means every address of the other's kind; that of IPv6 takes IPv4 too.</summary>
    private static bool Covers(IPAddress any, IPAddress other) =>
        any.Equals(IPAddress.IPv6Any) || (any.Equals(IPAddress.Any) && other.AddressFamily == AddressFamily.InterNetwork);
}
