using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>What there is to say about a certificate.</summary>
/// <param name="Role">signer, intermediate, root, next or former.</param>
/// <param name="Subject">As RFC 4514 writes it.</param>
/// <param name="Issuer">As RFC 4514 writes it.</param>
/// <param name="NotBefore">The first second, UTC.</param>
/// <param name="NotAfter">The last second, UTC.</param>
/// <param name="DaysLeft">Negative when it has expired.</param>
/// <param name="KeyType">ECDSA nistP256, RSA 2048.</param>
/// <param name="PathLength">How many authorities may follow; null for any number.</param>
/// <param name="Permitted">What it may sign for; null when nothing is said.</param>
/// <param name="Excluded">What it may not sign for; null when nothing is said.</param>
/// <param name="Sha256">With colons, as browsers show it.</param>
/// <param name="Sha1">With colons, as Windows and macOS show it.</param>
internal sealed record CertificateFacts(
    string Role, string Subject, string Issuer, DateTime NotBefore, DateTime NotAfter, int DaysLeft, string KeyType, int? PathLength,
    IReadOnlyList<string>? Permitted, IReadOnlyList<string>? Excluded, string Sha256, string Sha1)
{
    public static CertificateFacts Of(X509Certificate2 certificate, string role)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var names = NameConstraints.Of(certificate);
        return new CertificateFacts(
            role, certificate.Subject, certificate.Issuer, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(),
            (int)Math.Floor((certificate.NotAfter.ToUniversalTime() - DateTime.UtcNow).TotalDays), KeyTypeOf(certificate),
            constraints is { HasPathLengthConstraint: true } ? constraints.PathLengthConstraint : null,
            names?.PermittedTexts.ToList(), names?.ExcludedTexts.ToList(), Fingerprint(certificate, HashAlgorithmName.SHA256), Fingerprint(certificate, HashAlgorithmName.SHA1));
    }

    public static string Fingerprint(X509Certificate2 certificate, HashAlgorithmName hash) => string.Join(':', Convert.ToHexString(certificate.GetCertHash(hash)).Chunk(2).Select(pair => new string(pair)));

    /// <summary>In lines of "name: value", indented.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"  Subject:      {Subject}";
        if (Issuer != Subject) yield return $"  Issuer:       {Issuer}";
        var left = DaysLeft < 0 ? "expired" : string.Create(CultureInfo.InvariantCulture, $"{DaysLeft} days left");
        yield return string.Create(CultureInfo.InvariantCulture, $"  Valid:        {NotBefore:yyyy-MM-dd} to {NotAfter:yyyy-MM-dd} ({left})");
        yield return $"  Key:          {KeyType}";
        yield return $"  Authority:    {(PathLength is { } length ? string.Create(CultureInfo.InvariantCulture, $"yes, followed by {length} more at most") : "yes, followed by any number")}";
        if (Permitted is { Count: > 0 }) yield return $"  Signs for:    {string.Join(", ", Permitted)}";
        if (Excluded is { Count: > 0 }) yield return $"  Not for:      {string.Join(", ", Excluded)}";
        yield return $"  SHA-256:      {Sha256}";
        yield return $"  SHA-1:        {Sha1}";
    }

    private static string KeyTypeOf(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null) return string.Create(CultureInfo.InvariantCulture, $"RSA {rsa.KeySize}");
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is null) return certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown";
        return ecdsa.KeySize switch { 256 => "ECDSA P-256", 384 => "ECDSA P-384", 521 => "ECDSA P-521", var size => string.Create(CultureInfo.InvariantCulture, $"ECDSA {size}") };
    }
}
