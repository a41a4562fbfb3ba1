using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Doctor;

/// <summary>A web server on loopback that shows a certificate as the proxy would make it: whoever gets an answer from it trusts the root.</summary>
internal sealed class ProbeServer : IAsyncDisposable
{
    private const int LongestHead = 8192;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly LeafCertificates _leafs;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    /// <param name="root">Signs the certificate. Not disposed here.</param>
    public ProbeServer(RootCertificate root)
    {
        _leafs = new LeafCertificates(root, offerHttp2: false, TimeProvider.System);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What to ask for.</summary>
    public string Url => $"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _leafs.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(await _leafs.GetAsync("localhost"), _stopping.Token);
                var head = new byte[LongestHead];
                var length = 0;
                while (length < head.Length && !head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                {
                    var read = await tls.ReadAsync(head.AsMemory(length), _stopping.Token);
                    if (read == 0) return;
                    length += read;
                }

                await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray(), _stopping.Token);
                await tls.ShutdownAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A client that does not trust the certificate leaves: that is what is to be found out, and it says so itself.
        }
    }
}
