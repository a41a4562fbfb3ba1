using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tests.Tls;

/// <summary>Hellos of clients that exist, taken from a socket while the test runs.</summary>
public sealed class ClientHelloRealClientsTests
{
    private const string Host = "www.origin.test";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task SslStream_IsRead()
    {
        var content = await CaptureAsync(async port =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            await using var stream = new SslStream(client.GetStream());
            await Assert.ThrowsAnyAsync<IOException>(() => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "WWW.Origin.test",
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            }));
        });

        Assert.Equal(Host, content.ServerName);
        Assert.Equal(["http/1.1"], content.ApplicationProtocols);
        Assert.Contains(0x0303, content.Versions);
        Assert.Matches("^t1[23]d[0-9]{4}h1_[0-9a-f]{12}_[0-9a-f]{12}$", content.Fingerprint.Ja4);
    }

    [Fact]
    public async Task OpensslWithTls13_IsRead()
    {
        var content = await CaptureAsync(port => ForeignProgram.RunAsync(
            "openssl", "s_client", "-connect", $"127.0.0.1:{port}", "-servername", Host, "-alpn", "h2,http/1.1", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"));

        Assert.Equal(Host, content.ServerName);
        Assert.Equal(["h2", "http/1.1"], content.ApplicationProtocols);
        Assert.Equal([0x0304], content.Versions);
        Assert.Equal(0x1301, content.CipherSuites[0]);
        Assert.StartsWith("t13d", content.Fingerprint.Ja4, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpensslWithTls12AndSmallRecords_IsRead()
    {
        var content = await CaptureAsync(port => ForeignProgram.RunAsync(
            "openssl", "s_client", "-connect", $"127.0.0.1:{port}", "-noservername", "-tls1_2", "-max_send_frag", "512"));

        Assert.Null(content.ServerName);
        Assert.Empty(content.ApplicationProtocols);
        Assert.Equal([0x0303], content.Versions);
        Assert.StartsWith("t12i", content.Fingerprint.Ja4, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_IsRead()
    {
        var content = await CaptureAsync(port => ForeignProgram.RunAsync(
            "curl", "--silent", "--http1.1", "--noproxy", "*", "--resolve", $"{Host}:{port}:127.0.0.1", $"https://{Host}:{port}/"));

        Assert.Equal(Host, content.ServerName);
        Assert.Equal(["http/1.1"], content.ApplicationProtocols);
        Assert.Contains(0x0303, content.Versions);
    }

    /// <summary>Lets a client connect, reads what it sends first, and hangs up on it.</summary>
    private static async Task<ClientHelloContent> CaptureAsync(Func<int, Task> connectAsync)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = connectAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        ClientHelloContent content;
        using (var connection = await listener.AcceptSocketAsync(deadline.Token))
        {
            var buffer = new byte[ClientHelloReader.MaxBytes];
            var length = 0;
            ClientHelloStatus status;
            while ((status = ClientHelloReader.TryRead(buffer.AsSpan(0, length), out content)) == ClientHelloStatus.NeedMore)
            {
                var received = await connection.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, deadline.Token);
                Assert.NotEqual(0, received);
                length += received;
            }

            Assert.Equal(ClientHelloStatus.Complete, status);
        }

        await client;
        return content;
    }
}
