using System.Text;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>Certificates one after the other, for OpenSSL, curl, Python, Node, Go and most others.</summary>
internal static class PemTruststore
{
    /// <summary>Writes it, each certificate below a line with its subject.</summary>
    public static byte[] Write(IReadOnlyList<TrustedCertificate> certificates)
    {
        var text = new StringBuilder();
        foreach (var (_, certificate) in certificates)
        {
            // Readers skip what stands between blocks, but not all of them get along with more than ASCII.
            text.Append("# ");
            foreach (var character in certificate.Subject.AsSpan()) text.Append(character is >= ' ' and <= '~' ? character : '?');
            text.Append('\n').Append(certificate.ExportCertificatePem()).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
