using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>
/// A PKCS#12 file (RFC 7292) with certificates only, each marked as trusted with Oracle's attribute, without which Java finds no entry in it.
/// Certificates are no secret and stand there in clear, so that Java finds them without the password too; the password protects against changes.
/// </summary>
internal static class Pkcs12Truststore
{
    private const string Data = "1.2.840.113549.1.7.1";
    private const string CertificateBag = "1.2.840.113549.1.12.10.1.3";
    private const string X509Certificate = "1.2.840.113549.1.9.22.1";
    private const string FriendlyName = "1.2.840.113549.1.9.20";
    private const string TrustedKeyUsage = "2.16.840.1.113894.746875.1.1";
    private const string AnyKeyUsage = "2.5.29.37.0";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";

    private static readonly Asn1Tag Explicit = new(TagClass.ContextSpecific, 0);

    /// <summary>Writes it. SHA-256 protects it, which Java knows since 8u301 and 11.0.12.</summary>
    public static byte[] Write(IReadOnlyList<TrustedCertificate> certificates, string password)
    {
        var authenticated = Content(certificates);
        var salt = RandomNumberGenerator.GetBytes(16);

        var file = new AsnWriter(AsnEncodingRules.DER);
        using (file.PushSequence())
        {
            file.WriteInteger(3);
            WriteData(file, authenticated);
            using (file.PushSequence())
            {
                using (file.PushSequence())
                {
                    WriteAlgorithm(file, Sha256);
                    file.WriteOctetString(HMACSHA256.HashData(Pkcs12Key.ForMac(password, salt), authenticated));
                }

                file.WriteOctetString(salt);
                file.WriteInteger(Pkcs12Key.Iterations);
            }
        }

        return file.Encode();
    }

    /// <summary>One part, in clear, with all certificates (§4.1, §4.2).</summary>
    private static byte[] Content(IReadOnlyList<TrustedCertificate> certificates)
    {
        var bags = new AsnWriter(AsnEncodingRules.DER);
        using (bags.PushSequence())
        {
            foreach (var certificate in certificates) WriteBag(bags, certificate);
        }

        var parts = new AsnWriter(AsnEncodingRules.DER);
        using (parts.PushSequence()) WriteData(parts, bags.Encode());
        return parts.Encode();
    }

    private static void WriteBag(AsnWriter writer, TrustedCertificate entry)
    {
        using var bag = writer.PushSequence();
        writer.WriteObjectIdentifier(CertificateBag);
        using (writer.PushSequence(Explicit))
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(X509Certificate);
            using (writer.PushSequence(Explicit)) writer.WriteOctetString(entry.Certificate.RawDataMemory.Span);
        }

        using var attributes = writer.PushSetOf();
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(FriendlyName);
            using (writer.PushSetOf()) writer.WriteCharacterString(UniversalTagNumber.BMPString, entry.Alias);
        }

        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(TrustedKeyUsage);
            using (writer.PushSetOf()) writer.WriteObjectIdentifier(AnyKeyUsage);
        }
    }

    private static void WriteData(AsnWriter writer, byte[] content)
    {
        using var information = writer.PushSequence();
        writer.WriteObjectIdentifier(Data);
        using var wrapped = writer.PushSequence(Explicit);
        writer.WriteOctetString(content);
    }

    private static void WriteAlgorithm(AsnWriter writer, string algorithm)
    {
        using var identifier = writer.PushSequence();
        writer.WriteObjectIdentifier(algorithm);
        writer.WriteNull();
    }
}
