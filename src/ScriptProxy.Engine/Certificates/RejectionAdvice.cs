namespace ScriptProxy.Engine.Certificates;

/// <summary>What to do about a client that did not accept a certificate of ours.</summary>
/// <param name="root">Whose certificates they are at the moment.</param>
internal sealed class RejectionAdvice(Func<RootCertificate> root)
{
    // RFC 8446 §6.2: what clients answer to a certificate that leads to no root of theirs, whichever they choose.
    private const int BadCertificate = 42;
    private const int CertificateUnknown = 46;
    private const int UnknownAuthority = 48;

    /// <summary>One sentence, with the command that helps.</summary>
    /// <param name="alert">What the client said; null when it just left.</param>
    /// <param name="host">What the certificate was for.</param>
    public string For(int? alert, string host)
    {
        var issuer = root();
        var constraints = issuer.Intermediates.Append(issuer.Certificate).Append(issuer.Anchors[0]).Select(NameConstraints.Of);
        if (HostName.TryParse(host, out var name, out _) && constraints.Any(constraint => constraint?.Permit(name) == false))
            return $"the name constraints of {issuer.PemPath} do not permit this host; tunnel it, or make another root: scriptproxy ca create --force";

        return alert is BadCertificate or CertificateUnknown or UnknownAuthority
            ? $"it does not trust {issuer.PemPath}; run: scriptproxy ca install, with --browsers for Firefox and Chromium, --java DIR for Java"
            : $"does it trust {issuer.PemPath}? If not, run: scriptproxy ca install, with --browsers for Firefox and Chromium, --java DIR for Java";
    }
}
