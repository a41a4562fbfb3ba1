using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>Where a listener listens, as a user writes it.</summary>
internal abstract record ListenAddress
{
    /// <summary>Whether only programs of this machine can reach it.</summary>
    public abstract bool IsLocal { get; }

    /// <summary>Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (loopback), "*:8080" (every address), "unix:PATH", "fd:NUMBER" or "systemd".</summary>
    /// <param name="text">As a user writes it.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (text.StartsWith(UnixAddress.Prefix, StringComparison.Ordinal))
        {
            if (UnixAddress.TryParse(text, out var unix, out problem)) address = unix;
            return address is not null;
        }

        if (text.StartsWith(DescriptorAddress.Prefix, StringComparison.Ordinal) || text == DescriptorAddress.Systemd || text.StartsWith($"{DescriptorAddress.Systemd}:", StringComparison.Ordinal))
        {
            if (DescriptorAddress.TryParse(text, out var descriptor, out problem)) address = descriptor;
            return address is not null;
        }

        if (ProxyOptionsValidator.TryParseEndPoint(text, out var endPoint)) address = new TcpAddress(endPoint);
        else problem = "expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8080 or [::1]:8080.";
        return address is not null;
    }

    /// <summary>Binds and listens; nothing is accepted yet. The caller disposes the socket.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    /// <exception cref="ProxyStartException">The same, with a reason of its own.</exception>
    /// <param name="forOthers">Whether connections to other addresses are to be accepted too, where the system allows it (TPROXY).</param>
    public abstract Socket Bind(bool forOthers);

    /// <summary>What a bound socket listens on, as clients have to name it.</summary>
    public virtual EndPoint EndPointOf(Socket socket) => socket.LocalEndPoint!;

    /// <summary>Removes what <see cref="Bind"/> left outside of this process. After the socket was closed.</summary>
    public virtual void Release()
    {
        // An address is free once nobody listens on it.
    }

    /// <summary>Whether both cannot be listened on at once.</summary>
    public abstract bool Overlaps(ListenAddress other);
}
