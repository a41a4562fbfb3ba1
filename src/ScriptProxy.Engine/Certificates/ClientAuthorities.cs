using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>Whom clients' certificates are signed by: the files of --client-ca, and nobody else. Certificates must be for clients. Thread-safe.</summary>
internal sealed class ClientAuthorities
{
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private readonly X509Certificate2Collection _certificates = [];

    /// <exception cref="UpstreamTrustException">A file is missing, or holds no certificate.</exception>
    public ClientAuthorities(string[] files)
    {
        foreach (var file in files) _certificates.AddRange(PemFile.Import("--client-ca", file, text: null, "the root certificates of clients"));
    }

    /// <summary>Whether no file was named: then certificates are not compared with anything.</summary>
    public bool IsEmpty => _certificates.Count == 0;

    /// <summary>Why a certificate is refused; null when it leads to one of them.</summary>
    /// <param name="certificate">What the client showed.</param>
    /// <param name="shown">The chain that was built meanwhile, for the intermediates that the client sent; null for none.</param>
    public string? Problem(X509Certificate2 certificate, X509Chain? shown)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(ClientAuthentication);
        policy.CustomTrustStore.AddRange(_certificates);
        policy.ExtraStore.AddRange(_certificates);
        if (shown is not null) policy.ExtraStore.AddRange(shown.ChainPolicy.ExtraStore);
        return chain.Build(certificate) ? null : CertificateProblem.Of(chain);
    }
}
