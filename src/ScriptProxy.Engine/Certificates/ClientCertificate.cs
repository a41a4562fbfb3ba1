using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>What the proxy identifies itself with to origins that ask: a certificate with its key, and the certificates of its issuers.</summary>
internal sealed class ClientCertificate : IDisposable
{
    private const string PemBegin = "-----BEGIN ";
    private const string EncryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    private readonly X509Certificate2 _certificate;

    private ClientCertificate(X509Certificate2 certificate, X509Certificate2Collection issuers)
    {
        _certificate = certificate;
        Context = SslStreamCertificateContext.Create(certificate, issuers, offline: true);
    }

    /// <summary>What handshakes are given.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="UpstreamTrustException">One is missing or unreadable, the key is of another certificate, or the password is wrong.</exception>
    public static ClientCertificate Load(ClientCertificateOptions options)
    {
        var bytes = Read("cert", options.Cert);
        var password = options.PasswordFile is null ? null : PasswordIn(options.PasswordFile);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        return text.Contains(PemBegin, StringComparison.Ordinal) ? OfPem(options, text, password) : OfPkcs12(options, bytes, password);
    }

    public void Dispose() => _certificate.Dispose();

    private static ClientCertificate OfPem(ClientCertificateOptions options, string text, string? password)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw Problem("cert", options.Cert, "a certificate in it is damaged. Export it again.", exception);
        }

        if (certificates.Count == 0) throw Problem("cert", options.Cert, "holds no certificate. Name a PEM file with one (-----BEGIN CERTIFICATE-----), or a PKCS#12 file.");
        using var unkeyed = certificates[0];
        certificates.RemoveAt(0);
        var (key, file) = options.Key is null ? ("cert", options.Cert) : ("key", options.Key);
        var keyText = options.Key is null ? text : System.Text.Encoding.Latin1.GetString(Read("key", options.Key));
        return new ClientCertificate(Usable(WithKey(unkeyed, keyText, password, key, file)), certificates);
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, string text, string? password, string key, string file)
    {
        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) throw Problem(key, file, "holds no private key. Name the file that does with key:.");
        if (text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            throw Problem(key, file, "its key is encrypted in an old format. Convert it: openssl pkcs8 -topk8 -in OLD -out NEW.");
        var isEncrypted = text.Contains(EncryptedKey, StringComparison.Ordinal);
        if (isEncrypted && password is null) throw Problem(key, file, "its key is encrypted. Name the file of its password with password-file:.");
        try
        {
            var pem = certificate.ExportCertificatePem();
            return isEncrypted ? X509Certificate2.CreateFromEncryptedPem(pem, text, password) : X509Certificate2.CreateFromPem(pem, text);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            var isPassword = isEncrypted && exception.ToString().Contains("password", StringComparison.OrdinalIgnoreCase);
            if (isPassword) throw Problem(key, file, "the password does not open its key. Correct the first line of password-file:.", exception);
            throw Problem(key, file, "its key is damaged, or not the one of the certificate. Name the key that the certificate was made for.", exception);
        }
    }

    private static ClientCertificate OfPkcs12(ClientCertificateOptions options, byte[] bytes, string? password)
    {
        if (options.Key is not null) throw Problem("cert", options.Cert, "is no PEM file, and a PKCS#12 file holds its own key. Remove key:, or name a PEM file.");
        try
        {
            var certificates = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
            if (certificates.FirstOrDefault(certificate => certificate.HasPrivateKey) is not { } keyed) throw Problem("cert", options.Cert, "holds no certificate with a private key. Export it with its key.");
            certificates.Remove(keyed);
            return new ClientCertificate(keyed, certificates);
        }
        catch (CryptographicException exception)
        {
            var remedy = password is null ? "Name the file of its password with password-file:, if it has one." : "Correct the first line of password-file:.";
            throw Problem("cert", options.Cert, $"neither PEM nor a PKCS#12 file that this password opens. {remedy}", exception);
        }
    }

    /// <summary>On Windows, TLS takes only keys that went through PKCS#12.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return certificate;
        using (certificate) return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static string PasswordIn(string file) => System.Text.Encoding.UTF8.GetString(Read("password-file", file)).Split('\n')[0].TrimEnd('\r');

    private static byte[] Read(string key, string file)
    {
        try
        {
            return NamedFile.ReadBytes(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Problem(key, file, "no such file. Correct the path.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Problem(key, file, $"cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name a file that the user who runs the proxy may read.", exception);
        }
    }

    private static UpstreamTrustException Problem(string key, string file, string problem, Exception? cause = null) =>
        new($"{key} {CertificateProblem.Shown(file)}: {problem}", cause);
}
