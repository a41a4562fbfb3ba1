using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Testing;

/// <summary>A certificate with its key, as others than the proxy make them: a root, an intermediate, or a server's. Also bad ones: of the wrong host, expired, self-signed.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly Lazy<TestAuthority> SharedRoot = new(() => New("Test Origins"));
    private static readonly Lazy<string> SharedPath = new(() =>
    {
        var path = Path.Combine(TemporaryFiles.SharedDirectory("origins"), "root.pem");
        File.WriteAllText(path, Shared.Certificate.ExportCertificatePem());
        return path;
    });

    private readonly AsymmetricAlgorithm _key;

    private TestAuthority(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>The root that test origins are signed by, one per process; not to be disposed.</summary>
    public static TestAuthority Shared => SharedRoot.Value;

    /// <summary>A PEM file with the certificate of <see cref="Shared"/>, for --upstream-ca.</summary>
    public static string SharedPemPath => SharedPath.Value;

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>A root. Unless told otherwise it has been valid for two years and stays so for two.</summary>
    public static TestAuthority New(string name, DateTimeOffset? begin = null, DateTimeOffset? end = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(name, key);
        AddAuthorityExtensions(request);
        return new TestAuthority(request.CreateSelfSigned(begin ?? DateTimeOffset.UtcNow.AddYears(-2), end ?? DateTimeOffset.UtcNow.AddYears(2)), key);
    }

    /// <summary>A root with an RSA key and as few extensions as old roots have.</summary>
    public static TestAuthority NewRsa(string name)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest(NameOf(name), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return new TestAuthority(request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1)), key);
    }

    /// <summary>A server's certificate that signs itself.</summary>
    public static TestAuthority NewSelfSigned(params string[] hosts)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewServerRequest(hosts, key);
        return new TestAuthority(request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30)), key);
    }

    /// <summary>Signs another authority.</summary>
    public TestAuthority IssueIntermediate(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(name, key);
        AddAuthorityExtensions(request);
        return Sign(request, key, null, null);
    }

    /// <summary>Signs a server's certificate that is valid from yesterday for a month.</summary>
    /// <param name="hosts">DNS names, wildcards too, and IP addresses; the first is the common name.</param>
    public TestAuthority Issue(params string[] hosts) => Issue(hosts, null, null);

    /// <summary>Signs a server's certificate.</summary>
    /// <param name="hosts">DNS names, wildcards too, and IP addresses; the first is the common name.</param>
    /// <param name="begin">When it becomes valid; null means yesterday.</param>
    /// <param name="end">When it expires, also after its issuer; null means in a month.</param>
    /// <param name="purpose">The one extended key usage; that of a server unless told otherwise.</param>
    public TestAuthority Issue(string[] hosts, DateTimeOffset? begin, DateTimeOffset? end, string purpose = ServerAuthentication)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewServerRequest(hosts, key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        return Sign(request, key, begin, end);
    }

    /// <summary>Writes ca.pem and ca-key.pem (mode 600): what --ca-dir expects.</summary>
    public void WriteTo(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "ca.pem"), Certificate.ExportCertificatePem());
        var keyPath = Path.Combine(directory, "ca-key.pem");
        File.WriteAllText(keyPath, _key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static X500DistinguishedName NameOf(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }

    private static CertificateRequest NewRequest(string name, ECDsa key) => new(NameOf(name), key, HashAlgorithmName.SHA256);

    private static CertificateRequest NewServerRequest(string[] hosts, ECDsa key)
    {
        var request = NewRequest(hosts[0], key);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address) && address.ToString() == host) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static void AddAuthorityExtensions(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
    }

    private TestAuthority Sign(CertificateRequest request, ECDsa key, DateTimeOffset? begin, DateTimeOffset? end)
    {
        request.CertificateExtensions.Add(CertificateTemplates.AuthorityKeyIdentifier(Certificate));
        var generator = _key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)_key);
        var serialNumber = RandomNumberGenerator.GetBytes(8);
        using var signed = request.Create(Certificate.SubjectName, generator, begin ?? DateTimeOffset.UtcNow.AddDays(-1), end ?? DateTimeOffset.UtcNow.AddDays(30), serialNumber);
        return new TestAuthority(signed.CopyWithPrivateKey(key), key);
    }
}
