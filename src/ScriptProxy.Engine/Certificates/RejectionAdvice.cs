namespace ScriptProxy.Engine.Certificates;

/// <summary>What to do about a client that did not accept a certificate of ours.</summary>
/// <param name="root">Whose certificates they are.</param>
internal sealed class RejectionAdvice(Lazy<RootCertificate> root)
{
    // RFC 8446 §6.2: what clients answer to a certificate that leads to no root of theirs, whichever they choose.
    private const int BadCertificate = 42;
    private const int CertificateUnknown = 46;
    private const int UnknownAuthority = 48;

    private readonly Lazy<NameConstraints?[]> _constraints = new(() => [.. root.Value.Intermediates.Append(root.Value.Certificate).Append(root.Value.Anchors[0]).Select(NameConstraints.Of)]);

    /// <summary>One sentence, with the command that helps.</summary>
    /// <param name="alert">What the client said; null when it just left.</param>
    /// <param name="host">What the certificate was for.</param>
    public string For(int? alert, string host)
    {
        if (HostName.TryParse(host, out var name, out _) && _constraints.Value.Any(constraints => constraints?.Permit(name) == false))
            return $"the name constraints of {root.Value.PemPath} do not permit this host; tunnel it, or make another root: scriptproxy ca create --force";

        return alert is BadCertificate or CertificateUnknown or UnknownAuthority
            ? $"it does not trust {root.Value.PemPath}; run: scriptproxy ca install, with --browsers for Firefox and Chromium, --java DIR for Java"
            : $"does it trust {root.Value.PemPath}? If not, run: scriptproxy ca install, with --browsers for Firefox and Chromium, --java DIR for Java";
    }
}
