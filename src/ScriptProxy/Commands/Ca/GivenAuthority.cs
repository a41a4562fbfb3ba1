using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>An authority as a user brings it: certificates and a key, from one file or several.</summary>
internal sealed class GivenAuthority : IDisposable
{
    private const string Remedy = "Nothing was changed.";

    private readonly string _path;

    private GivenAuthority(string path, CertificateChain chain, string keyPem)
    {
        _path = path;
        Chain = chain;
        KeyPem = keyPem;
    }

    /// <summary>The certificate of the key first.</summary>
    public CertificateChain Chain { get; }

    /// <summary>Not encrypted.</summary>
    public string KeyPem { get; }

    /// <exception cref="CaException">A file cannot be read.</exception>
    /// <exception cref="RootCertificateException">Certificate or key cannot be used.</exception>
    public static GivenAuthority Read(string path, string? keyPath, string[] chainPaths, string? passphrase)
    {
        var issuers = new List<X509Certificate2>();
        if (Directory.Exists(path))
        {
            var issuer = Path.Combine(path, "ca.crt");
            if (File.Exists(issuer)) issuers.AddRange(Parse(issuer));
            keyPath ??= FirstOf(path, "tls.key", "ca-key.pem");
            path = FirstOf(path, "tls.crt", "ca.pem");
        }

        foreach (var chainPath in chainPaths) issuers.AddRange(Parse(chainPath));
        var content = ReadBytes(path);
        if (!IsPem(content)) return FromPkcs12(path, content, issuers, passphrase);

        var text = System.Text.Encoding.Latin1.GetString(content);
        var certificates = new RootCertificateReader(path, Remedy).ParseCertificates(text).Concat(issuers).ToList();
        if (keyPath is null && !text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) throw new CaException($"{path}: has no private key. Name the file that has it: --key FILE", isUsage: true);
        var keyText = keyPath is null ? text : System.Text.Encoding.Latin1.GetString(ReadBytes(keyPath));
        using var key = ParseKey(certificates, path, keyPath ?? path, keyText, passphrase);
        return new GivenAuthority(path, InOrder(certificates, key), RootCertificateReader.ExportKey(key));
    }

    /// <summary>Whether it may sign now, and every client that trusts its root will accept what it signs.</summary>
    /// <exception cref="CaException">It is not so.</exception>
    /// <exception cref="RootCertificateException">It is not so.</exception>
    public void Check(DateTime now)
    {
        new RootCertificateReader(_path, Remedy).Check(Chain, now);
        if (Chain.Others.Count > 0) throw new CaException($"{_path}: {Chain.Others[0].Subject} is not in the chain above {Chain.Signer.Subject}, which was issued by {Chain.Path[^1].Issuer}. {Remedy}");
        if (Chain.Problem(now) is { } problem) throw new CaException($"{_path}: clients would not accept its chain: {problem}. {Remedy}");
    }

    public void Dispose() => Chain.Dispose();

    private static GivenAuthority FromPkcs12(string path, byte[] content, List<X509Certificate2> issuers, string? passphrase)
    {
        X509Certificate2Collection entries;
        try
        {
            entries = X509CertificateLoader.LoadPkcs12Collection(content, passphrase, X509KeyStorageFlags.Exportable);
        }
        catch (CryptographicException exception)
        {
            throw new CaException(
                passphrase is null
                    ? $"{path}: cannot be opened: it is no PEM or PKCS#12 file, or needs a passphrase (--password-file FILE). {Remedy}"
                    : $"{path}: cannot be opened: the passphrase is wrong, or it is no PEM or PKCS#12 file. {Remedy}", innerException: exception);
        }

        var keyed = entries.Where(entry => entry.HasPrivateKey).ToList();
        if (keyed.Count != 1) throw new CaException($"{path}: expected one private key in it, got {keyed.Count}. {Remedy}");
        using var held = (AsymmetricAlgorithm?)keyed[0].GetECDsaPrivateKey() ?? keyed[0].GetRSAPrivateKey() ?? throw new CaException($"{path}: its key is neither ECDSA nor RSA. {Remedy}");
        using var key = Copy(held);

        // As certificates without keys, which are not to travel along with them.
        var certificates = entries.Select(entry => X509CertificateLoader.LoadCertificate(entry.RawDataMemory.Span)).Concat(issuers).ToList();
        foreach (var entry in entries) entry.Dispose();
        return new GivenAuthority(path, InOrder(certificates, key), RootCertificateReader.ExportKey(key));
    }

    /// <summary>By way of an encrypted export, which is the only one that Windows grants.</summary>
    private static AsymmetricAlgorithm Copy(AsymmetricAlgorithm key)
    {
        var encrypted = key.ExportEncryptedPkcs8PrivateKey("copy", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1));
        AsymmetricAlgorithm copy = key is RSA ? RSA.Create() : ECDsa.Create();
        copy.ImportEncryptedPkcs8PrivateKey("copy", encrypted, out _);
        return copy;
    }

    private static AsymmetricAlgorithm ParseKey(List<X509Certificate2> certificates, string path, string keyPath, string keyText, string? passphrase)
    {
        var reader = new RootCertificateReader(path, Remedy);
        RootCertificateException? first = null;
        foreach (var certificate in certificates)
        {
            try
            {
                return reader.ParseKey(certificate, keyPath, keyText, passphrase);
            }
            catch (RootCertificateException exception)
            {
                // The key may belong to one of the others; where it belongs to none, the first says why.
                first ??= exception;
            }
        }

        throw first!;
    }

    /// <summary>The certificate of the key first, none twice.</summary>
    private static CertificateChain InOrder(List<X509Certificate2> certificates, AsymmetricAlgorithm key)
    {
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var signer = certificates.First(certificate => certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey));
        return new CertificateChain([.. certificates.Prepend(signer).DistinctBy(certificate => certificate.Thumbprint)]);
    }

    private static IReadOnlyList<X509Certificate2> Parse(string path) =>
        new RootCertificateReader(path, Remedy).ParseCertificates(System.Text.Encoding.Latin1.GetString(ReadBytes(path)));

    private static bool IsPem(byte[] content) => content.AsSpan().IndexOf("-----BEGIN "u8) >= 0;

    private static string FirstOf(string folder, string first, string second)
    {
        var path = Path.Combine(folder, first);
        return File.Exists(path) ? path : Path.Combine(folder, second);
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return NamedFile.ReadBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaException($"{path}: cannot be read ({NamedFile.WhyUnreadable(path, exception)}). {Remedy}", innerException: exception);
        }
    }
}
