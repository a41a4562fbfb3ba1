using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>A PEM file with certificates that an option names.</summary>
internal static class PemFile
{
    /// <summary>Reads the certificates; the caller disposes them.</summary>
    /// <param name="option">How messages name the option.</param>
    /// <param name="file">The file, or how messages name the text.</param>
    /// <param name="text">What is read in place of the file; null for the file.</param>
    /// <param name="content">What ought to be in it, for messages.</param>
    /// <exception cref="UpstreamTrustException">It cannot be read, is damaged, or has none.</exception>
    public static X509Certificate2Collection Import(string option, string file, string? text, string content)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text ?? NamedFile.ReadText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamTrustException($"{option} {file}: cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name a PEM file with {content}.", exception);
        }
        catch (CryptographicException exception)
        {
            throw new UpstreamTrustException($"{option} {file}: a certificate in it is damaged. Name a PEM file with {content}.", exception);
        }

        if (certificates.Count == 0) throw new UpstreamTrustException($"{option} {file}: no certificate in it. Name a PEM file (-----BEGIN CERTIFICATE-----) with {content}.");
        return certificates;
    }
}
