using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>Where a client wanted to go whose connection the Linux kernel led to us: by REDIRECT (address changed) or TPROXY (address kept).</summary>
internal static class OriginalDestination
{
    private const int SolIp = 0;
    private const int SolIpv6 = 41;
    private const int SoOriginalDst = 80;
    private const int IpTransparent = 19;
    private const int Ipv6Transparent = 75;

    /// <summary>Lets a listening socket, not bound yet, accept what is addressed to others (TPROXY).</summary>
    /// <returns>False where that takes a right that this process has not (CAP_NET_ADMIN); REDIRECT works without.</returns>
    public static bool TryAcceptForOthers(Socket socket)
    {
        try
        {
            Span<byte> on = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(on, 1);
            if (socket.AddressFamily == AddressFamily.InterNetworkV6) socket.SetRawSocketOption(SolIpv6, Ipv6Transparent, on);
            if (socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode) socket.SetRawSocketOption(SolIp, IpTransparent, on);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Asks for it. A connection that nobody led here was addressed to us: its own local address is returned.</summary>
    /// <returns>Null when the connection is gone already.</returns>
    public static IPEndPoint? Of(Socket socket)
    {
        try
        {
            if (socket.LocalEndPoint is not IPEndPoint local) return null;
            var isIpv4 = local.AddressFamily == AddressFamily.InterNetwork || local.Address.IsIPv4MappedToIPv6;
            return Plain((isIpv4 ? AskIpv4(socket) : AskIpv6(socket)) ?? local);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static IPEndPoint? AskIpv4(Socket socket)
    {
        Span<byte> address = stackalloc byte[16];
        return TryAsk(socket, SolIp, address) ? new IPEndPoint(new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..])) : null;
    }

    private static IPEndPoint? AskIpv6(Socket socket)
    {
        Span<byte> address = stackalloc byte[28];
        if (!TryAsk(socket, SolIpv6, address)) return null;
        return new IPEndPoint(new IPAddress(address.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(address[24..])), BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
    }

    private static bool TryAsk(Socket socket, int level, Span<byte> address)
    {
        try
        {
            return socket.GetRawSocketOption(level, SoOriginalDst, address) == address.Length;
        }
        catch (SocketException)
        {
            // Not redirected, or not tracked by the kernel.
            return false;
        }
    }

    private static IPEndPoint Plain(IPEndPoint endPoint) => endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
