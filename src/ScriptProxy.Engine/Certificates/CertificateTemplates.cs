using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// What our certificates say (RFC 5280 §4), strictly enough for verifiers that forgive nothing: both key identifiers, critical
/// constraints and usages, a subject alternative name, a random serial number.
/// </summary>
internal static class CertificateTemplates
{
    /// <summary>The longest common name (RFC 5280, ub-common-name).</summary>
    private const int MaxCommonName = 64;

    /// <summary>How long before now a certificate begins to be valid, for clients whose clock is slow.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromDays(2);

    /// <summary>From the first to the last second of a leaf; clients refuse 200 days and more, and some count the backdating twice.</summary>
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(197) - TimeSpan.FromSeconds(1);

    /// <summary>A root that may sign leafs only. Unless it was given a name it is called by the first digits of its key identifier, so that two installs can be told apart.</summary>
    public static CertificateRequest Root(AsymmetricAlgorithm key, RootProfile profile)
    {
        var publicKey = new PublicKey(key);
        var identifier = new X509SubjectKeyIdentifierExtension(publicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false);
        var digits = identifier.SubjectKeyIdentifier![..8].ToLowerInvariant();
        var subject = profile.Subject ?? new X500DistinguishedName($"CN=ScriptProxy Root {digits}, O=ScriptProxy");

        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(identifier);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        if (profile.Constraints is { } constraints) request.CertificateExtensions.Add(constraints.ToExtension());
        return request;
    }

    /// <summary>Signs a root with its own key.</summary>
    /// <returns>The certificate without its key; the caller disposes it.</returns>
    public static X509Certificate2 SignRoot(CertificateRequest request, AsymmetricAlgorithm key, DateTimeOffset now, TimeSpan lifetime) =>
        request.Create(request.SubjectName, RootCertificateReader.NewSignatureGenerator(key), now - Backdating, now + lifetime, NewSerialNumber());

    /// <summary>A new P-256 key. With OpenSSL it is of the class that certificates can share instead of copying it: a third less time per leaf.</summary>
    public static ECDsa NewKey() => OperatingSystem.IsLinux() ? new ECDsaOpenSsl(ECCurve.NamedCurves.nistP256) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A leaf for servers of these names.</summary>
    /// <param name="names">At least one; the first is the common name.</param>
    /// <param name="key">The leaf's key.</param>
    /// <param name="authorityKeyIdentifier">Made from the signing certificate.</param>
    public static CertificateRequest Leaf(IReadOnlyList<HostName> names, ECDsa key, X509AuthorityKeyIdentifierExtension authorityKeyIdentifier)
    {
        var subject = new X500DistinguishedNameBuilder();

        // An address alone would be taken for a DNS name by those who check name constraints.
        var commonName = names[0].Address is null ? names[0].Text : $"IP {names[0].Text}";
        subject.AddCommonName(commonName.Length > MaxCommonName ? commonName[..MaxCommonName] : commonName);

        var alternativeNames = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (name.Address is IPAddress address) alternativeNames.AddIpAddress(address);
            else alternativeNames.AddDnsName(name.Text);
        }

        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternativeNames.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false));
        request.CertificateExtensions.Add(authorityKeyIdentifier);
        return request;
    }

    /// <summary>Points to a signer by its key identifier, also when the signer's own certificate does not state one.</summary>
    public static X509AuthorityKeyIdentifierExtension AuthorityKeyIdentifier(X509Certificate2 signer)
    {
        foreach (var extension in signer.Extensions)
        {
            if (extension is X509SubjectKeyIdentifierExtension stated) return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(stated);
        }

        var computed = new X509SubjectKeyIdentifierExtension(signer.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false);
        return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(computed);
    }

    /// <summary>128 bits, positive and of full length, as unpredictable as browsers ask for.</summary>
    public static byte[] NewSerialNumber()
    {
        var serialNumber = RandomNumberGenerator.GetBytes(16);
        serialNumber[0] = (byte)((serialNumber[0] & 0x7f) | 0x40);
        return serialNumber;
    }
}
