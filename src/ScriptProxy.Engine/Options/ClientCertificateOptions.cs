using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine;

/// <summary>A certificate with its key, in PEM or PKCS#12, for <see cref="HostOptions"/>. Immutable.</summary>
public sealed record ClientCertificateOptions
{
    /// <summary>The certificate, then the certificates of its issuers.</summary>
    [Option("PEM file with the certificate and, after it, those of its issuers; or a PKCS#12 file.", ValueName = "FILE")]
    public required string Cert { get; init; }

    /// <summary>The key; null when it is in the same file.</summary>
    [Option("PEM file with the private key; left out when it is in the same file.", ValueName = "FILE")]
    public string? Key { get; init; }

    /// <summary>What the key is encrypted with; null when it is not.</summary>
    [Option("File whose first line is the password of the key.", ValueName = "FILE")]
    public string? PasswordFile { get; init; }

    /// <summary>Reads the files.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        try
        {
            using var certificate = ClientCertificate.Load(this);
            return [];
        }
        catch (UpstreamTrustException exception)
        {
            return [exception.Message];
        }
    }
}
