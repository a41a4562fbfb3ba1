using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ScriptProxy.Testing;

/// <summary>
/// One end of a connection, byte for byte. Text is Latin-1, so that every byte is one character. Nothing is read before it is asked for;
/// all that was read stays in <see cref="Received"/>. Every wait ends with a <see cref="TimeoutException"/> after 30 s. To be used by one
/// reader and one writer at a time.
/// </summary>
public sealed class RawConnection : IAsyncDisposable
{
    private const int ReadSize = 64 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _readBuffer = new byte[ReadSize];
    private readonly MemoryStream _received = new();
    private readonly Lock _lock = new();
    private Stream _stream;
    private int _taken;
    private int _closed;

    internal RawConnection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _stream = new NetworkStream(socket, ownsSocket: false);
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
    }

    /// <summary>This end.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The other end.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>The protocol chosen by ALPN; null without TLS or ALPN.</summary>
    public string? ApplicationProtocol { get; private set; }

    /// <summary>The TLS version; None without TLS.</summary>
    public SslProtocols TlsProtocol => _stream is SslStream tls ? tls.SslProtocol : SslProtocols.None;

    /// <summary>The name a client asked for in TLS, as a server sees it; null without.</summary>
    public string? ServerName { get; private set; }

    /// <summary>The certificate a server showed, as a client sees it; null without TLS.</summary>
    public X509Certificate2? RemoteCertificate => (_stream as SslStream)?.RemoteCertificate as X509Certificate2;

    /// <summary>All that was read so far, decrypted; bytes that nobody asked for yet included.</summary>
    public byte[] Received
    {
        get
        {
            lock (_lock) return _received.ToArray();
        }
    }

    /// <summary><see cref="Received"/> as text.</summary>
    public string ReceivedText => Encoding.Latin1.GetString(Received);

    /// <summary>Sends text; it has been handed to the system when this completes.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes; they have been handed to the system when this completes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Limit);
        try
        {
            await _stream.WriteAsync(bytes, deadline.Token);
            await _stream.FlushAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{bytes.Length} bytes could not be sent within {TestDeadline.Limit.TotalSeconds} s: the other side does not read.");
        }
    }

    /// <summary>Waits for a byte to read, without a limit: for dialogues that serve a connection for as long as it lives.</summary>
    /// <returns>False when the other side ended the connection.</returns>
    public async Task<bool> HasMoreAsync() => !Rest().IsEmpty || await FillAsync(CancellationToken.None);

    /// <summary>Reads a start line and its header fields, the empty line included.</summary>
    public Task<string> ReadHeadAsync() => ReadAsync("a head", RawMessage.HeadLength);

    /// <summary>Reads a whole message: its head, and a body by Transfer-Encoding or Content-Length. Without either there is no body.</summary>
    public Task<string> ReadMessageAsync() => ReadAsync("a message", RawMessage.Length);

    /// <summary>Reads so many bytes.</summary>
    public Task<string> ReadExactlyAsync(int count) => ReadAsync($"{count} bytes", bytes => bytes.Length < count ? -1 : count);

    /// <summary>Reads up to and including a text.</summary>
    public Task<string> ReadUntilAsync(string marker)
    {
        var wanted = Encoding.Latin1.GetBytes(marker);
        return ReadAsync($"\"{marker}\"", bytes => bytes.IndexOf(wanted) is var index and >= 0 ? index + wanted.Length : -1);
    }

    /// <summary>Reads until the other side ends the connection properly.</summary>
    /// <exception cref="IOException">The other side reset it.</exception>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync("the end of the connection"))
        {
        }

        return TakeAll();
    }

    /// <summary>Reads until the connection is over, and says how.</summary>
    /// <returns>True when it was reset, false when it was ended properly.</returns>
    public async Task<bool> IsResetAsync()
    {
        try
        {
            await ReadToEndAsync();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Shakes hands as a client; what follows is encrypted.</summary>
    /// <param name="host">The name to ask for, and to find in the certificate.</param>
    /// <param name="rootCertificatePath">A PEM file with the root that the certificate must lead to.</param>
    /// <param name="applicationProtocols">What to offer by ALPN, such as "h2"; none means no ALPN.</param>
    public async Task StartTlsAsync(string host, string rootCertificatePath, params string[] applicationProtocols)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(rootCertificatePath);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ApplicationProtocols = [.. applicationProtocols.Select(name => new SslApplicationProtocol(name))],
            CertificateChainPolicy = policy,
        };
        await ShakeHandsAsync((tls, cancellation) => tls.AuthenticateAsClientAsync(options, cancellation));
    }

    /// <summary>Shakes hands as a server; what follows is encrypted.</summary>
    internal Task StartTlsAsServerAsync(X509Certificate2 certificate, IReadOnlyList<string> applicationProtocols)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [.. applicationProtocols.Select(name => new SslApplicationProtocol(name))],
        };
        return ShakeHandsAsync((tls, cancellation) => tls.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                ServerName = hello.ServerName.Length == 0 ? null : hello.ServerName;
                return ValueTask.FromResult(options);
            },
            null,
            cancellation));
    }

    /// <summary>Says that nothing more will be sent, with a TLS close_notify first where there is TLS; reading goes on.</summary>
    public async Task EndSendingAsync()
    {
        if (_stream is SslStream tls) await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends the connection at once with a TCP reset.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1) return;
        _socket.Close(timeout: 0);
    }

    /// <summary>Ends the connection properly. With bytes unread, the system may turn this into a reset.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1) return;
        try
        {
            await EndSendingAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side was faster.
        }

        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task ShakeHandsAsync(Func<SslStream, CancellationToken, Task> handshakeAsync)
    {
        if (!Rest().IsEmpty) throw new InvalidOperationException("There are bytes before the TLS handshake that nobody has asked for.");

        var tls = new SslStream(_stream);
        using var deadline = new CancellationTokenSource(TestDeadline.Limit);
        try
        {
            await handshakeAsync(tls, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The TLS handshake was not over within {TestDeadline.Limit.TotalSeconds} s.");
        }

        _stream = tls;
        var protocol = tls.NegotiatedApplicationProtocol.ToString();
        ApplicationProtocol = protocol.Length == 0 ? null : protocol;
    }

    private async Task<string> ReadAsync(string what, Func<ReadOnlySpan<byte>, int> measure)
    {
        while (true)
        {
            var length = measure(Rest());
            if (length >= 0) return Take(length);
            if (!await FillAsync(what)) throw new EndOfStreamException($"The connection ended before {what}. Unread: \"{Encoding.Latin1.GetString(Rest())}\"");
        }
    }

    private ReadOnlySpan<byte> Rest() => _received.GetBuffer().AsSpan(_taken, (int)_received.Length - _taken);

    /// <summary>What was received and not yet asked for.</summary>
    internal string TakeAll() => Take(Rest().Length);

    private string Take(int length)
    {
        var text = Encoding.Latin1.GetString(Rest()[..length]);
        _taken += length;
        return text;
    }

    private async Task<bool> FillAsync(string what)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Limit);
        try
        {
            return await FillAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Waited {TestDeadline.Limit.TotalSeconds} s for {what}. Unread: \"{Encoding.Latin1.GetString(Rest())}\"");
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        var count = await _stream.ReadAsync(_readBuffer, cancellationToken);
        lock (_lock) _received.Write(_readBuffer, 0, count);
        return count > 0;
    }
}
