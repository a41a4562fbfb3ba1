using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// A certificate and key that a listener was given, read again when the file changes, as renewed ones do. A file that cannot be used leaves
/// the one before in place. Thread-safe.
/// </summary>
internal sealed partial class ListenerCertificate
{
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly bool _offerHttp2;
    private readonly ILogger<ListenerCertificate> _logger;
    private (FileStamp Certificate, FileStamp Key) _stamp;
    private int _refreshing;

    /// <param name="certificatePath">PEM: the certificate, then those that lead to its root.</param>
    /// <param name="keyPath">PEM: its key; null when that is in the same file.</param>
    /// <param name="offerHttp2">Whether h2 may be offered at all.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <exception cref="ProxyStartException">They cannot be used.</exception>
    public ListenerCertificate(string certificatePath, string? keyPath, bool offerHttp2, ILogger<ListenerCertificate> logger)
    {
        _certificatePath = certificatePath;
        _keyPath = keyPath ?? certificatePath;
        _offerHttp2 = offerHttp2;
        _logger = logger;
        _stamp = Stamp();
        if (TryLoad() is { } problem) throw new ProxyStartException(problem);
    }

    /// <summary>What to shake hands with where clients may choose HTTP/2.</summary>
    public SslServerAuthenticationOptions WithHttp2 { get; private set; } = null!;

    /// <summary>What to shake hands with where they may not.</summary>
    public SslServerAuthenticationOptions WithHttp1 { get; private set; } = null!;

    /// <summary>How TLS is ended with a certificate.</summary>
    public static SslServerAuthenticationOptions Options(SslStreamCertificateContext certificate, List<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = certificate,
        ApplicationProtocols = protocols,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
    };

    /// <summary>Reads the files again if they changed. Called once a second; short unless they did.</summary>
    public void Refresh(long now)
    {
        if (Stamp() == _stamp || Interlocked.Exchange(ref _refreshing, 1) != 0) return;
        _stamp = Stamp();
        if (TryLoad() is { } problem) Log.Kept(_logger, problem);
        else Log.Reloaded(_logger, _certificatePath);
        Volatile.Write(ref _refreshing, 0);
    }

    /// <returns>Why the files cannot be used; null when they are.</returns>
    private string? TryLoad()
    {
        try
        {
            var (certificate, key) = (Read(_certificatePath), Read(_keyPath));
            using var fromPem = X509Certificate2.CreateFromPem(certificate, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);

            // Not disposed: open connections use the one before.
            var context = SslStreamCertificateContext.Create(new X509Certificate2(fromPem), chain, offline: true);
            WithHttp1 = Options(context, [SslApplicationProtocol.Http11]);
            WithHttp2 = _offerHttp2 ? Options(context, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]) : WithHttp1;
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            var files = _keyPath == _certificatePath ? _certificatePath : $"{_certificatePath} and {_keyPath}";
            return $"{files}: cannot be used. Expected PEM files: a certificate, and the private key that belongs to it, without a passphrase.";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }

    /// <exception cref="IOException">It cannot be read; the message is for people.</exception>
    private static string Read(string path)
    {
        try
        {
            return NamedFile.ReadText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be read ({NamedFile.WhyUnreadable(path, exception)}). Name a PEM file that the user who runs the proxy may read.", exception);
        }
    }

    private (FileStamp Certificate, FileStamp Key) Stamp() => (FileStamp.Of(_certificatePath), FileStamp.Of(_keyPath));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Path}: the changed certificate is live.")]
        public static partial void Reloaded(ILogger logger, string path);

        [LoggerMessage(2, LogLevel.Warning, "{Problem} The certificate stays as it was.")]
        public static partial void Kept(ILogger logger, string problem);
    }
}
