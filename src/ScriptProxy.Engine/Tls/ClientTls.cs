using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tls;

/// <summary>
/// What is spoken with clients whose TLS is ended: the versions, cipher suites and protocols of the host they go to, and whether they must
/// identify themselves. Thread-safe.
/// </summary>
internal sealed class ClientTls
{
    private readonly HostRules _rules;
    private readonly ClientCertificateRequest _request;
    private readonly ClientAuthorities _authorities;

    /// <summary>Why a client's certificate was refused, until somebody asks or the stream is gone.</summary>
    private readonly ConditionalWeakTable<SslStream, string> _failures = [];

    /// <exception cref="UpstreamTrustException">A file of --client-ca cannot be used.</exception>
    public ClientTls(ProxyOptions options, HostRules rules)
    {
        _rules = rules;
        _request = options.RequestClientCertificate;
        _authorities = new ClientAuthorities(options.ClientCa);
    }

    /// <summary>What to authenticate with. Where nothing was configured, the leaf's own options.</summary>
    /// <param name="leaf">The certificate for the name, with the usual settings.</param>
    /// <param name="name">The name the client asked for in TLS.</param>
    /// <param name="host">Where it wants to go.</param>
    /// <param name="port">Where it wants to go.</param>
    public SslServerAuthenticationOptions For(SslServerAuthenticationOptions leaf, string name, string host, int port)
    {
        var rule = _rules.For(name, host, port);
        if (_request == ClientCertificateRequest.Never && ReferenceEquals(rule, HostRule.Default)) return leaf;

        var asks = _request != ClientCertificateRequest.Never;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = leaf.ServerCertificateContext,
            ApplicationProtocols = rule.ClientHttp2 ? leaf.ApplicationProtocols : leaf.ApplicationProtocols?.FindAll(static protocol => protocol != SslApplicationProtocol.Http2),
            EnabledSslProtocols = ReferenceEquals(rule.ClientTls, TlsLimits.Default) ? leaf.EnabledSslProtocols : rule.ClientTls.Protocols,
            CipherSuitesPolicy = rule.ClientTls.Ciphers,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowRenegotiation = false,
            ClientCertificateRequired = asks,

            // A resumed session shows no certificate again.
            AllowTlsResume = leaf.AllowTlsResume && !asks,
            RemoteCertificateValidationCallback = asks ? Verify : null,
        };
    }

    /// <summary>Why the client's certificate was refused on <paramref name="stream"/>; null when the handshake failed for another reason.</summary>
    public string? FailureOf(SslStream stream) => _failures.TryGetValue(stream, out var failure) ? failure : null;

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var failure = certificate is not X509Certificate2 shown
            ? _request == ClientCertificateRequest.Require ? "the client showed no certificate" : null
            : _authorities.IsEmpty ? null : _authorities.Problem(shown, chain) is { } problem ? $"the client's {problem}" : null;
        if (failure is null) return true;

        _failures.AddOrUpdate((SslStream)sender, failure);
        return false;
    }
}
