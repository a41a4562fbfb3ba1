using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ScriptProxy.Engine.Tests.Certificates;

/// <summary>A client and a server over a loopback connection.</summary>
internal sealed class TlsPair : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private TlsPair(SslStream client, SslStream server)
    {
        Client = client;
        Server = server;
    }

    public SslStream Client { get; }

    public SslStream Server { get; }

    public static async Task<TlsPair> ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var server = await listener.AcceptSocketAsync();
        return new TlsPair(new SslStream(new NetworkStream(client, ownsSocket: true)), new SslStream(new NetworkStream(server, ownsSocket: true)));
    }

    /// <summary>Both sides shake hands.</summary>
    /// <returns>Whether the client believed the server.</returns>
    public async Task<bool> AuthenticateAsync(SslClientAuthenticationOptions clientOptions, SslServerAuthenticationOptions serverOptions)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var server = Server.AuthenticateAsServerAsync(serverOptions, deadline.Token);
        try
        {
            await Client.AuthenticateAsClientAsync(clientOptions, deadline.Token);
            await server;
            return true;
        }
        catch (AuthenticationException)
        {
            Client.Close();
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await server;

                // In TLS 1.3 the server is done before the client has looked at its certificate.
                if (await Server.ReadAsync(new byte[1], deadline.Token) == 0) throw new EndOfStreamException();
            });
            return false;
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
