using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Testing;

/// <summary>Clients that send exactly the bytes they are told to.</summary>
public static class RawClient
{
    /// <summary>Connects to a proxy or straight to an origin.</summary>
    public static async Task<RawConnection> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var deadline = new CancellationTokenSource(TestDeadline.Limit);
            await socket.ConnectAsync(endPoint, deadline.Token);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks a proxy for a tunnel with CONNECT; what follows goes through it.</summary>
    /// <param name="proxy">Where the proxy listens.</param>
    /// <param name="authority">Where to, such as "origin.test:443".</param>
    /// <exception cref="InvalidOperationException">The answer was not 200; the message is its head.</exception>
    public static async Task<RawConnection> TunnelAsync(IPEndPoint proxy, string authority)
    {
        var connection = await ConnectAsync(proxy);
        try
        {
            await connection.SendAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
            var head = await connection.ReadHeadAsync();
            return head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? connection : throw new InvalidOperationException(head);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks a proxy for a tunnel and shakes hands in it; what follows is encrypted.</summary>
    /// <param name="proxy">Where the proxy listens.</param>
    /// <param name="authority">Where to, such as "origin.test:443"; its host is the name to ask for, and to find in the certificate.</param>
    /// <param name="rootCertificatePath">A PEM file with the root to believe: the proxy's when it intercepts.</param>
    /// <param name="applicationProtocols">What to offer by ALPN, such as "h2"; none means no ALPN.</param>
    public static async Task<RawConnection> TunnelTlsAsync(IPEndPoint proxy, string authority, string rootCertificatePath, params string[] applicationProtocols)
    {
        var connection = await TunnelAsync(proxy, authority);
        try
        {
            var host = authority[..authority.LastIndexOf(':')].Trim('[', ']');
            await connection.StartTlsAsync(host, rootCertificatePath, applicationProtocols);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
