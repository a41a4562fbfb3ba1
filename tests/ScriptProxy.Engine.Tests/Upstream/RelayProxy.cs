using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>A proxy of the test's own that speaks TLS itself, and leads CONNECT and whole URLs to one origin.</summary>
internal sealed class RelayProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TestAuthority _certificate;
    private readonly TestOrigin _origin;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _relays = [];
    private readonly Task _accepting;

    private RelayProxy(TestAuthority certificate, TestOrigin origin)
    {
        _certificate = certificate;
        _origin = origin;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public static RelayProxy Start(TestAuthority certificate, TestOrigin origin) => new(certificate, origin);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_relays);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _relays.Add(RelayAsync(await _listener.AcceptAsync(_stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(Socket socket)
    {
        try
        {
            using var client = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await client.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate.Certificate }, _stopping.Token);
            var head = await ReadHeadAsync(client);
            var isConnect = head.StartsWith("CONNECT ", StringComparison.Ordinal);
            using var origin = new TcpClient();
            await origin.ConnectAsync(isConnect ? _origin.HttpsEndPoint : _origin.HttpEndPoint, _stopping.Token);
            var stream = origin.GetStream();
            if (isConnect) await client.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _stopping.Token);
            else await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stopping.Token);
            await Task.WhenAny(client.CopyToAsync(stream, _stopping.Token), stream.CopyToAsync(client, _stopping.Token));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // Clients that do not believe the certificate leave; what that means is for the test to say.
        }
    }

    private async Task<string> ReadHeadAsync(SslStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stopping.Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
