using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>Where a listener listens, as a user writes it.</summary>
internal abstract record ListenAddress
{
    /// <summary>Whether only programs of this machine can reach it.</summary>
    public abstract bool IsLocal { get; }

    /// <summary>Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (loopback) or "*:8080" (every address).</summary>
    /// <param name="text">As a user writes it.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (ProxyOptionsValidator.TryParseEndPoint(text, out var endPoint)) address = new TcpAddress(endPoint);
        else problem = "expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8080 or [::1]:8080.";
        return address is not null;
    }

    /// <summary>Binds and listens; nothing is accepted yet. The caller disposes the socket.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public abstract Socket Bind();

    /// <summary>Whether both cannot be listened on at once.</summary>
    public abstract bool Overlaps(ListenAddress other);
}
