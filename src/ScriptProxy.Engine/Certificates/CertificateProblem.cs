using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Certificates;

/// <summary>Says in a few words what is wrong with a certificate that an upstream showed. Names in it are cut and printable.</summary>
internal static class CertificateProblem
{
    private const int MaxNamesShown = 3;
    private const int MaxNameLength = 100;

    private const X509ChainStatusFlags UnknownIssuer = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    /// <summary>A name from the network, cut and without characters that act on a terminal.</summary>
    public static string Shown(string name) => Printable.Escape(name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name);

    /// <summary>Both, either, or neither.</summary>
    public static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first}; {second}";

    /// <summary>Whether the chain leads to no root that is known, whatever else is wrong.</summary>
    public static bool IsUnknownIssuer(X509Chain chain) => (AllFlags(chain) & UnknownIssuer) != 0;

    /// <summary>"certificate is for a.example, not b.example".</summary>
    public static string WrongHost(X509Certificate2 certificate, string host)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension is not X509SubjectAlternativeNameExtension alternativeNames) continue;
            names.AddRange(alternativeNames.EnumerateDnsNames());
            names.AddRange(alternativeNames.EnumerateIPAddresses().Select(address => address.ToString()));
        }

        if (names.Count == 0) names.Add(NameOf(certificate));
        var shown = string.Join(", ", names.Take(MaxNamesShown).Select(name => Shown(name)));
        var more = names.Count > MaxNamesShown ? $" and {names.Count - MaxNamesShown} more" : "";
        return $"certificate is for {shown}{more}, not {host}";
    }

    /// <summary>The worst that is wrong with a chain that was built and found wanting.</summary>
    public static string Of(X509Chain chain)
    {
        var elements = chain.ChainElements;
        if (elements.Count == 0) return "certificate cannot be verified";

        for (var index = 0; index < elements.Count; index++)
        {
            var certificate = elements[index].Certificate;
            var flags = FlagsOf(elements[index].ChainElementStatus);
            if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid)) return NotTimeValid(certificate, isLeaf: index == 0);
        }

        var all = AllFlags(chain);
        var last = elements[^1].Certificate;
        if (all.HasFlag(X509ChainStatusFlags.UntrustedRoot)) return elements.Count == 1 ? "self-signed certificate" : $"unknown root {NameOf(last)}";
        if (all.HasFlag(X509ChainStatusFlags.PartialChain)) return $"unknown issuer {NameOf(last.IssuerName)}";
        if (all.HasFlag(X509ChainStatusFlags.NotSignatureValid)) return "certificate has a wrong signature";
        if (all.HasFlag(X509ChainStatusFlags.HasWeakSignature)) return "certificate has a weak signature";
        if (all.HasFlag(X509ChainStatusFlags.NotValidForUsage)) return "certificate is not for servers";
        if (all.HasFlag(X509ChainStatusFlags.InvalidBasicConstraints)) return "certificate was issued by one that is no authority";
        return $"certificate cannot be verified ({all})";
    }

    private static string NotTimeValid(X509Certificate2 certificate, bool isLeaf)
    {
        var subject = isLeaf ? "certificate" : $"certificate of issuer {NameOf(certificate)}";
        var end = certificate.NotAfter.ToUniversalTime();
        return end < DateTime.UtcNow
            ? $"{subject} expired on {end:yyyy-MM-dd}"
            : $"{subject} is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd}";
    }

    private static string NameOf(X509Certificate2 certificate) => NameOf(certificate.SubjectName);

    /// <summary>The common name, or the whole name when it has none.</summary>
    private static string NameOf(X500DistinguishedName name)
    {
        foreach (var part in name.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3" && part.GetSingleElementValue() is { } commonName)
                return Shown(commonName);
        }

        return name.Name.Length == 0 ? "without a name" : Shown(name.Name);
    }

    private static X509ChainStatusFlags AllFlags(X509Chain chain)
    {
        var flags = FlagsOf(chain.ChainStatus);
        foreach (var element in chain.ChainElements) flags |= FlagsOf(element.ChainElementStatus);
        return flags;
    }

    private static X509ChainStatusFlags FlagsOf(X509ChainStatus[] statuses)
    {
        var flags = X509ChainStatusFlags.NoError;
        foreach (var status in statuses) flags |= status.Status;
        return flags;
    }
}
