using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The certificate that clients trust and that signs every leaf, with its key. One per install, kept in two files: ca.pem, to be handed
/// out, and ca-key.pem, which never leaves. A user's own authority works as well, ECDSA or RSA.
/// </summary>
internal sealed class RootCertificate : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private RootCertificate(X509Certificate2 certificate, AsymmetricAlgorithm key, string pemPath)
    {
        Certificate = certificate;
        _key = key;
        PemPath = pemPath;
        SignatureGenerator = NewSignatureGenerator(key);
    }

    /// <summary>The certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What clients have to trust, for truststores. Without keys; disposed with this.</summary>
    public IReadOnlyList<X509Certificate2> Anchors => [Certificate];

    /// <summary>The full path of ca.pem: what clients need to trust.</summary>
    public string PemPath { get; }

    /// <summary>Signs leafs. Safe for concurrent use.</summary>
    public X509SignatureGenerator SignatureGenerator { get; }

    /// <summary>Reads the root certificate of a folder, or makes it when the folder has none. Processes that start together end with the same one.</summary>
    /// <param name="directory">"~/" stands for the home folder. Created with mode 0700 when missing.</param>
    /// <param name="timeProvider">Says whether the certificate has expired.</param>
    /// <exception cref="RootCertificateException">It is there and cannot be used, or cannot be made.</exception>
    public static RootCertificate LoadOrCreate(string directory, TimeProvider timeProvider)
    {
        var files = new RootCertificateFiles(directory);
        return files.Exist
            ? Load(files, timeProvider)
            : files.WhileLocked(() =>
            {
                if (!files.Exist) Create(files, timeProvider);
                return Load(files, timeProvider);
            });
    }

    /// <summary>Forgets the key. Leafs that were handed out stay usable.</summary>
    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static void Create(RootCertificateFiles files, TimeProvider timeProvider)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = CertificateTemplates.SignRoot(CertificateTemplates.Root(key), key, timeProvider.GetUtcNow());
        files.Write(key.ExportPkcs8PrivateKeyPem() + "\n", certificate.ExportCertificatePem() + "\n");
    }

    private static RootCertificate Load(RootCertificateFiles files, TimeProvider timeProvider)
    {
        var certificate = ParseCertificate(files);
        try
        {
            CheckCertificate(certificate, files, timeProvider.GetUtcNow().UtcDateTime);
            return new RootCertificate(certificate, ParseKey(certificate, files), files.CertificatePath);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    private static X509Certificate2 ParseCertificate(RootCertificateFiles files)
    {
        try
        {
            return X509Certificate2.CreateFromPem(files.ReadCertificate());
        }
        catch (CryptographicException exception)
        {
            throw new RootCertificateException($"{files.CertificatePath}: no certificate in PEM form in it. {RootCertificateFiles.Remedy}", exception);
        }
    }

    private static void CheckCertificate(X509Certificate2 certificate, RootCertificateFiles files, DateTime now)
    {
        var isAuthority = false;
        foreach (var extension in certificate.Extensions)
        {
            if (extension is X509BasicConstraintsExtension constraints) isAuthority = constraints.CertificateAuthority;
            if (extension is X509KeyUsageExtension usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
                throw new RootCertificateException($"{files.CertificatePath}: its key usage does not allow it to sign certificates. {RootCertificateFiles.Remedy}");
        }

        if (!isAuthority) throw new RootCertificateException($"{files.CertificatePath}: not a certificate authority (CA:TRUE is missing). {RootCertificateFiles.Remedy}");

        var end = certificate.NotAfter.ToUniversalTime();
        if (end <= now) throw new RootCertificateException($"{files.CertificatePath}: expired on {end:yyyy-MM-dd}. {RootCertificateFiles.Remedy}");

        var begin = certificate.NotBefore.ToUniversalTime();
        if (begin > now) throw new RootCertificateException($"{files.CertificatePath}: not valid before {begin:yyyy-MM-dd}. Check this machine's clock.");
    }

    private static AsymmetricAlgorithm ParseKey(X509Certificate2 certificate, RootCertificateFiles files)
    {
        var pem = files.ReadKey();
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new RootCertificateException(
                $"{files.KeyPath}: the key is encrypted, which is not supported. Decrypt it with: openssl pkey -in ca-key.pem -out plain.pem, and put that in its place with mode 600.");
        }

        AsymmetricAlgorithm? ecdsaOrRsa = certificate.GetECDsaPublicKey();
        ecdsaOrRsa ??= certificate.GetRSAPublicKey();
        if (ecdsaOrRsa is null) throw new RootCertificateException($"{files.CertificatePath}: its key is neither ECDSA nor RSA. {RootCertificateFiles.Remedy}");

        var expected = ecdsaOrRsa.ExportSubjectPublicKeyInfo();
        AsymmetricAlgorithm key = ecdsaOrRsa is RSA ? RSA.Create() : ECDsa.Create();
        ecdsaOrRsa.Dispose();
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new RootCertificateException($"{files.KeyPath}: no private key for {files.CertificatePath} in PEM form in it. {RootCertificateFiles.Remedy}", exception);
        }

        if (key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(expected) && CanSign(key)) return key;
        key.Dispose();
        throw new RootCertificateException($"{files.KeyPath}: not the private key of {files.CertificatePath}. {RootCertificateFiles.Remedy}");
    }

    /// <summary>False for a public key, which imports as well.</summary>
    private static bool CanSign(AsymmetricAlgorithm key)
    {
        try
        {
            return NewSignatureGenerator(key).SignData([0], HashAlgorithmName.SHA256).Length > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static X509SignatureGenerator NewSignatureGenerator(AsymmetricAlgorithm key) => key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa((ECDsa)key);
}
