using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

/// <summary>A company's authority: any number of levels, and key identifiers that are no hash of the key.</summary>
internal sealed class CompanyAuthority : IDisposable
{
    private readonly ECDsa _key;

    private CompanyAuthority(X509Certificate2 certificate, ECDsa key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>Without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    public static CompanyAuthority NewRoot(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(name, key, RandomNumberGenerator.GetBytes(20));
        request.CertificateExtensions.Add(CertificateTemplates.AuthorityKeyIdentifier(Dummy(request, key)));
        return new CompanyAuthority(Sign(request, request.SubjectName, key), key);
    }

    /// <summary>Signs the next level.</summary>
    /// <param name="name">Its common name.</param>
    /// <param name="identifier">Its key identifier; null for a new one.</param>
    public CompanyAuthority Issue(string name, byte[]? identifier = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(name, key, identifier ?? RandomNumberGenerator.GetBytes(20));
        request.CertificateExtensions.Add(CertificateTemplates.AuthorityKeyIdentifier(Certificate));
        return new CompanyAuthority(Sign(request, Certificate.SubjectName, _key), key);
    }

    /// <summary>Its key identifier.</summary>
    public byte[] Identifier => Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray();

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest NewRequest(string name, ECDsa key, byte[] identifier)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(identifier, false));
        return request;
    }

    private static X509Certificate2 Dummy(CertificateRequest request, ECDsa key) => Sign(request, request.SubjectName, key);

    private static X509Certificate2 Sign(CertificateRequest request, X500DistinguishedName issuer, ECDsa key) =>
        request.Create(issuer, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), RandomNumberGenerator.GetBytes(8));
}
