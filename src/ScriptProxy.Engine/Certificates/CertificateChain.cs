using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The certificates of a ca.pem, told apart: the one that signs, those that lead from it to a root, and roots of an overlap, which
/// clients are to trust besides.
/// </summary>
internal sealed class CertificateChain : IDisposable
{
    private readonly IReadOnlyList<X509Certificate2> _all;
    private readonly List<X509Certificate2> _path;

    /// <param name="certificates">The signer first, the others in any order. Disposed with this.</param>
    public CertificateChain(IReadOnlyList<X509Certificate2> certificates)
    {
        _all = certificates;
        _path = PathFrom(certificates[0], certificates);
        Intermediates = IsSelfIssued(_path[^1]) ? [.. _path.SkipLast(1)] : [.. _path];
        Others = [.. certificates.Where(certificate => !_path.Contains(certificate))];
        Anchors = [_path[^1], .. Others];
    }

    /// <summary>Signs leafs.</summary>
    public X509Certificate2 Signer => _all[0];

    /// <summary>What clients that trust the root need besides a leaf, in the order of TLS (RFC 8446 §4.4.2): signer first, root left out.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates { get; }

    /// <summary>Where the way from the signer ends, its root if that is there; then the others.</summary>
    public IReadOnlyList<X509Certificate2> Anchors { get; }

    /// <summary>Those that do not lead from the signer to its root.</summary>
    public IReadOnlyList<X509Certificate2> Others { get; }

    /// <summary>From the signer to its root, as far as it is known.</summary>
    public IReadOnlyList<X509Certificate2> Path => _path;

    /// <summary>Whether the way from the signer ends in a root.</summary>
    public bool HasRoot => IsSelfIssued(_path[^1]);

    /// <summary>When the first certificate of the path expires.</summary>
    public DateTimeOffset End => _path.Min(certificate => new DateTimeOffset(certificate.NotAfter));

    /// <summary>All of them as ca.pem has them: the path first, then the others.</summary>
    public string ExportPem() => string.Concat(_path.Concat(Others).Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>Builds the path as a client does that trusts its end.</summary>
    /// <returns>What such a client would find wrong (signatures, dates, constraints), in a few words; null when all is well.</returns>
    public string? Problem(DateTime now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_path[^1]);
        foreach (var certificate in _path) chain.ChainPolicy.ExtraStore.Add(certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now;

        // Whether the end is trusted is for clients to say; where it is no root, it is not found to be one.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return chain.Build(Signer) ? null : CertificateProblem.Of(chain);
    }

    public void Dispose()
    {
        foreach (var certificate in _all) certificate.Dispose();
    }

    private static List<X509Certificate2> PathFrom(X509Certificate2 signer, IReadOnlyList<X509Certificate2> certificates)
    {
        var path = new List<X509Certificate2> { signer };
        while (!IsSelfIssued(path[^1]) && certificates.FirstOrDefault(candidate => !path.Contains(candidate) && IsIssuer(candidate, path[^1])) is { } issuer) path.Add(issuer);
        return path;
    }

    /// <summary>By name, and by key identifier where both state one (RFC 5280 §4.2.1.1).</summary>
    private static bool IsIssuer(X509Certificate2 candidate, X509Certificate2 certificate)
    {
        if (!candidate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)) return false;
        var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var subject = candidate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();
        return authority is null || subject is null || authority.Value.Span.SequenceEqual(subject.SubjectKeyIdentifierBytes.Span);
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
