using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// Whom we believe upstream: certificates that lead to a root of the system or to one of --upstream-ca, are valid now, are for servers, and
/// name the host. Hosts of --insecure-upstream are believed whatever they show, and what the options say of single hosts is applied. Revocation is
/// not checked, and nothing is downloaded
/// while verifying: an origin has to send its intermediate certificates.
/// </summary>
internal sealed class UpstreamTrust
{
    private const int RememberedHosts = 1000;
    private static readonly List<SslApplicationProtocol> Http11 = [SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> Http2AndHttp11 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private readonly UpstreamRoots _roots;
    private readonly InsecureHosts _insecureHosts;
    private readonly HostRules _rules;
    private readonly LruCache<SslClientAuthenticationOptions> _options = new(2 * RememberedHosts);

    /// <summary>Why verification failed, until somebody asks or the stream is gone.</summary>
    private readonly ConditionalWeakTable<SslStream, string> _failures = [];

    /// <param name="caFiles">PEM files with further roots; intermediates in them help to build chains.</param>
    /// <param name="insecureHosts">Host names, or "*.example" for every name below example, or "*" for all.</param>
    /// <param name="rules">What holds for single hosts; the caller disposes it. Null for nothing.</param>
    /// <param name="caOption">What named the files, for messages.</param>
    /// <exception cref="UpstreamTrustException">A file or a host cannot be used.</exception>
    public UpstreamTrust(string[] caFiles, string[] insecureHosts, HostRules? rules = null, string caOption = "--upstream-ca")
    {
        _roots = UpstreamRoots.Load(caFiles, caOption);
        _insecureHosts = new InsecureHosts(insecureHosts);
        _rules = rules ?? HostRules.None;
    }

    /// <summary>What to authenticate an upstream with. The same object for the same host and protocols; not to be changed.</summary>
    /// <param name="host">The host as the client named it: SNI, and what the certificate must be for.</param>
    /// <param name="http2">Whether h2 is offered before http/1.1.</param>
    /// <exception cref="InvalidHostNameException">No certificate can name this host.</exception>
    public SslClientAuthenticationOptions For(string host, bool http2)
    {
        var name = HostName.Parse(host).Text;
        return _options.GetOrAdd(http2 ? name + " h2" : name, (Trust: this, name, http2), static (_, _) => true, static (_, state) => state.Trust.NewOptions(state.name, state.http2, HostRule.Default));
    }

    /// <summary>What to authenticate an upstream with, as the options say of this host. The same object for the same destination and protocols; not to be changed.</summary>
    /// <param name="destination">Where the connection leads.</param>
    /// <param name="http2">Whether h2 is offered before http/1.1, if the host's options allow it.</param>
    /// <param name="certificate">What an addon chose to be shown instead of what the options say; null when none did.</param>
    /// <exception cref="InvalidHostNameException">No certificate can name this host.</exception>
    public SslClientAuthenticationOptions For(Destination destination, bool http2, X509Certificate2? certificate = null)
    {
        if (certificate is null && _rules.IsEmpty) return For(destination.TlsName, http2);

        var name = HostName.Parse(destination.TlsName).Text;
        if (certificate is not null)
        {
            var options = NewOptions(name, http2, _rules.For(destination));
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
            return options;
        }

        // No name holds a space: no two destinations share a key.
        var key = $"{name} {destination.Host} {destination.Port}{(http2 ? " h2" : "")}";
        return _options.GetOrAdd(key, (Trust: this, name, destination, http2), static (_, _) => true, static (_, state) => state.Trust.NewOptions(state.name, state.http2, state.Trust._rules.For(state.destination)));
    }

    /// <summary>
    /// Why the certificate shown on <paramref name="stream"/> was refused, in a few words fit for a log and an answer: "certificate expired on
    /// 2026-01-01", "self-signed certificate"; null when the handshake failed for another reason or not at all.
    /// </summary>
    public string? FailureOf(SslStream stream) => _failures.TryGetValue(stream, out var failure) ? failure : null;

    private SslClientAuthenticationOptions NewOptions(string host, bool http2, HostRule rule)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ApplicationProtocols = http2 && rule.Http2 ? Http2AndHttp11 : Http11,
            EnabledSslProtocols = rule.Tls.Protocols,
            CipherSuitesPolicy = rule.Tls.Ciphers,
            ClientCertificateContext = rule.ClientCertificate?.Context,
            AllowRenegotiation = false,
            CertificateChainPolicy = _roots.NewSystemPolicy(),
        };
#pragma warning disable CA5359 // The user named these hosts as the ones not to verify.
        options.RemoteCertificateValidationCallback = !(rule.Verify ?? !_insecureHosts.Contains(host))
            ? static (_, _, _, _) => true
            : (sender, certificate, chain, errors) => Verify(host, (SslStream)sender, certificate as X509Certificate2, chain, errors);
#pragma warning restore CA5359
        return options;
    }

    private bool Verify(string host, SslStream stream, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;

        var failure = certificate is null || chain is null
            ? "no certificate"
            : Failure(host, certificate, chain, errors);
        if (failure is null) return true;

        _failures.AddOrUpdate(stream, failure);
        return false;
    }

    private string? Failure(string host, X509Certificate2 certificate, X509Chain systemChain, SslPolicyErrors errors)
    {
        var wrongHost = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? CertificateProblem.WrongHost(certificate, host) : null;
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)) return wrongHost;

        // The system's roots had their chance; a name mismatch is not for the other roots to forgive.
        using var ownChain = _roots.NewOwnChain(systemChain);
        if (ownChain is null) return CertificateProblem.Join(CertificateProblem.Of(systemChain), wrongHost);
        if (ownChain.Build(certificate)) return wrongHost;

        // Where our roots know the issuer, what they say is nearer to the truth than "unknown root".
        var nearer = CertificateProblem.IsUnknownIssuer(ownChain) ? systemChain : ownChain;
        return CertificateProblem.Join(CertificateProblem.Of(nearer), wrongHost);
    }
}
