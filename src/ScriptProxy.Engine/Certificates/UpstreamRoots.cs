using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>The certificates of --upstream-ca or of an upstream, and how chains are built with and without them.</summary>
internal sealed class UpstreamRoots
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private readonly X509Certificate2Collection _roots = [];
    private readonly X509Certificate2Collection _intermediates = [];

    private readonly string _option;

    private UpstreamRoots(string option) => _option = option;

    /// <param name="caFiles">PEM files.</param>
    /// <param name="option">What named them, for messages.</param>
    /// <exception cref="UpstreamTrustException">A file is missing, is no PEM file, or holds no root.</exception>
    public static UpstreamRoots Load(string[] caFiles, string option = "--upstream-ca")
    {
        var roots = new UpstreamRoots(option);
        foreach (var file in caFiles) roots.Add(file);
        return roots;
    }

    /// <summary>The policy with which a stream verifies first: the system's roots.</summary>
    public X509ChainPolicy NewSystemPolicy() => NewPolicy(X509ChainTrustMode.System);

    /// <summary>A chain that ends in one of our roots, for a certificate that came with the intermediates of <paramref name="shown"/>; null when there are no roots.</summary>
    public X509Chain? NewOwnChain(X509Chain shown)
    {
        if (_roots.Count == 0) return null;

        var policy = NewPolicy(X509ChainTrustMode.CustomRootTrust);
        policy.CustomTrustStore.AddRange(_roots);
        policy.ExtraStore.AddRange(shown.ChainPolicy.ExtraStore);
        return new X509Chain { ChainPolicy = policy };
    }

    private X509ChainPolicy NewPolicy(X509ChainTrustMode trustMode)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = trustMode,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(ServerAuthentication);
        policy.ExtraStore.AddRange(_intermediates);
        return policy;
    }

    /// <summary>Adds the certificates of a file, or of a text that holds them itself.</summary>
    private void Add(string fileOrPem)
    {
        var isPem = fileOrPem.Contains("-----BEGIN", StringComparison.Ordinal);
        var file = isPem ? "(PEM)" : fileOrPem;
        var certificates = PemFile.Import(_option, file, isPem ? fileOrPem : null, "root certificates");

        var rootsBefore = _roots.Count;
        foreach (var certificate in certificates)
        {
            var isSelfIssued = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isSelfIssued ? _roots : _intermediates).Add(certificate);
        }

        if (_roots.Count == rootsBefore)
        {
            var issuer = CertificateProblem.Shown(certificates[0].Issuer);
            throw new UpstreamTrustException($"{_option} {file}: holds intermediate certificates only. Add the root that issued them, \"{issuer}\".");
        }
    }
}
