using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>A certificate as truststores hold it, under a name of its own.</summary>
/// <param name="Alias">Unique in its truststore; lower case, because Java compares names without it.</param>
/// <param name="Certificate">Without its key.</param>
internal readonly record struct TrustedCertificate(string Alias, X509Certificate2 Certificate)
{
    /// <summary>The name of our root in every truststore; further ones are called scriptproxy-2 and so on.</summary>
    public const string OwnAlias = "scriptproxy";

    private const int MaxNameLength = 40;

    /// <summary>Ours first, then those of the system; none twice.</summary>
    public static IReadOnlyList<TrustedCertificate> Join(IReadOnlyList<X509Certificate2> own, IReadOnlyList<X509Certificate2> system)
    {
        var joined = new List<TrustedCertificate>(own.Count + system.Count);
        var fingerprints = new HashSet<string>(StringComparer.Ordinal);
        foreach (var certificate in own)
        {
            if (!fingerprints.Add(Fingerprint(certificate))) continue;
            joined.Add(new TrustedCertificate(joined.Count == 0 ? OwnAlias : $"{OwnAlias}-{joined.Count + 1}", certificate));
        }

        foreach (var certificate in system)
        {
            var fingerprint = Fingerprint(certificate);
            if (fingerprints.Add(fingerprint)) joined.Add(new TrustedCertificate($"{NameOf(certificate)}-{fingerprint[..8]}", certificate));
        }

        return joined;
    }

    private static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    private static string NameOf(X509Certificate2 certificate)
    {
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (name.Length > MaxNameLength) name = name[..MaxNameLength];
        return string.Create(name.Length, name, static (characters, name) =>
        {
            for (var i = 0; i < name.Length; i++) characters[i] = char.IsAsciiLetterOrDigit(name[i]) ? char.ToLowerInvariant(name[i]) : '-';
        });
    }
}
