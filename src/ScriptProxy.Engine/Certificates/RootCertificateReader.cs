using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>Reads and checks certificates and key of an authority, and says which file is wrong with which remedy.</summary>
/// <param name="certificatePath">How messages name the certificates.</param>
/// <param name="remedy">The sentence at the end of messages.</param>
internal sealed class RootCertificateReader(string certificatePath, string remedy)
{
    private const string EncryptedLabel = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    private const string OldEncryption = "Proc-Type: 4,ENCRYPTED";

    /// <exception cref="RootCertificateException">None is in it, or one is damaged.</exception>
    public IReadOnlyList<X509Certificate2> ParseCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new RootCertificateException($"{certificatePath}: no certificate in PEM form in it. {remedy}", exception);
        }

        return certificates.Count > 0 ? [.. certificates] : throw new RootCertificateException($"{certificatePath}: no certificate in PEM form in it. {remedy}");
    }

    /// <summary>Whether the signer may sign now, and none on the way to its root has expired.</summary>
    /// <exception cref="RootCertificateException">It may not.</exception>
    public void Check(CertificateChain chain, DateTime now)
    {
        CheckMaySign(chain.Signer);
        foreach (var certificate in chain.Path)
        {
            var whose = ReferenceEquals(certificate, chain.Signer) ? "" : $"the certificate of {CertificateProblem.Shown(certificate.Subject)} in it ";
            var end = certificate.NotAfter.ToUniversalTime();
            if (end <= now) throw new RootCertificateException($"{certificatePath}: {whose}expired on {end:yyyy-MM-dd}. {remedy}");

            var begin = certificate.NotBefore.ToUniversalTime();
            if (begin > now) throw new RootCertificateException($"{certificatePath}: {whose}not valid before {begin:yyyy-MM-dd}. Check this machine's clock.");
        }
    }

    /// <exception cref="RootCertificateException">It cannot be read, or belongs to another certificate.</exception>
    public AsymmetricAlgorithm ParseKey(X509Certificate2 certificate, string keyPath, string pem, string? passphrase)
    {
        var isEncrypted = pem.Contains(EncryptedLabel, StringComparison.Ordinal);
        if (isEncrypted && passphrase is null)
            throw new RootCertificateException($"{keyPath}: the key is encrypted. Name a file with its passphrase: --ca-password-file FILE (scriptproxy ca use: --password-file FILE).");
        if (pem.Contains(OldEncryption, StringComparison.Ordinal))
            throw new RootCertificateException($"{keyPath}: the key is encrypted in a form that is not supported. Convert it with: openssl pkcs8 -topk8 -in {keyPath} -out ca-key.pem");

        var (key, expected) = NewKeyFor(certificate);
        try
        {
            if (isEncrypted) key.ImportFromEncryptedPem(pem, passphrase);
            else key.ImportFromPem(pem);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new RootCertificateException(
                isEncrypted ? $"{keyPath}: cannot be decrypted: the passphrase is wrong, or it is not the key of {certificatePath}." : $"{keyPath}: no private key for {certificatePath} in PEM form in it. {remedy}", exception);
        }

        if (key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(expected) && CanSign(key)) return key;
        key.Dispose();
        throw new RootCertificateException($"{keyPath}: not the private key of {certificatePath}. {remedy}");
    }

    public static X509SignatureGenerator NewSignatureGenerator(AsymmetricAlgorithm key) => key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    /// <summary>The key as ca-key.pem has it (PKCS#8, not encrypted).</summary>
    public static string ExportKey(AsymmetricAlgorithm key) => key.ExportPkcs8PrivateKeyPem() + "\n";

    private void CheckMaySign(X509Certificate2 certificate)
    {
        var isAuthority = false;
        foreach (var extension in certificate.Extensions)
        {
            if (extension is X509BasicConstraintsExtension constraints) isAuthority = constraints.CertificateAuthority;
            if (extension is X509KeyUsageExtension usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
                throw new RootCertificateException($"{certificatePath}: its key usage does not allow it to sign certificates. {remedy}");
        }

        if (!isAuthority) throw new RootCertificateException($"{certificatePath}: not a certificate authority (CA:TRUE is missing). {remedy}");
    }

    private (AsymmetricAlgorithm Key, byte[] Expected) NewKeyFor(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is not null) return (ECDsa.Create(), ecdsa.ExportSubjectPublicKeyInfo());
        using AsymmetricAlgorithm? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null) return (RSA.Create(), rsa.ExportSubjectPublicKeyInfo());
        throw new RootCertificateException($"{certificatePath}: its key is neither ECDSA nor RSA. {remedy}");
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
}
