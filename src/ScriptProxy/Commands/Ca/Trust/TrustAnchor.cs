using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>A root to install or to remove, under a name by which it is found again.</summary>
/// <param name="Sha256">The fingerprint in lower-case hex.</param>
/// <param name="Certificate">Null when it is to be removed and only its fingerprint is known.</param>
internal sealed record TrustAnchor(string Sha256, X509Certificate2? Certificate)
{
    /// <summary>What it is called in every store: the same root has the same name, two roots never have.</summary>
    public string Name => $"scriptproxy-{Sha256[..16]}";

    public string Pem => Certificate!.ExportCertificatePem() + "\n";

    public static TrustAnchor Of(X509Certificate2 certificate) => new(Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)), certificate);
}
