using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>
/// Java's own format, version 2, with certificates only: for programs that expect a .jks and are not told its type. Big-endian; at the end
/// stands a SHA-1 over the password, two words of tradition, and all that is before it.
/// </summary>
internal static class JksTruststore
{
    private const uint Magic = 0xFEEDFEED;
    private const int Version = 2;
    private const int TrustedCertificateEntry = 2;

    /// <summary>Writes it. The date of each entry is the first day of its certificate: the same certificates make the same file.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The format knows no other; it guards against accidents, not against forgery.")]
    public static byte[] Write(IReadOnlyList<TrustedCertificate> certificates, string password)
    {
        using var output = new MemoryStream();
        WriteInt32(output, Magic);
        WriteInt32(output, Version);
        WriteInt32(output, (uint)certificates.Count);
        foreach (var entry in certificates) WriteEntry(output, entry);

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        digest.AppendData(Encoding.BigEndianUnicode.GetBytes(password));
        digest.AppendData("Mighty Aphrodite"u8);
        digest.AppendData(output.GetBuffer().AsSpan(0, (int)output.Length));
        output.Write(digest.GetHashAndReset());
        return output.ToArray();
    }

    private static void WriteEntry(MemoryStream output, TrustedCertificate entry)
    {
        WriteInt32(output, TrustedCertificateEntry);
        WriteText(output, entry.Alias);
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, new DateTimeOffset(entry.Certificate.NotBefore).ToUnixTimeMilliseconds());
        output.Write(milliseconds);
        WriteText(output, "X.509");
        WriteInt32(output, (uint)entry.Certificate.RawDataMemory.Length);
        output.Write(entry.Certificate.RawDataMemory.Span);
    }

    /// <summary>As java.io.DataOutput.writeUTF does it for ASCII, and aliases are ASCII.</summary>
    private static void WriteText(MemoryStream output, string text)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)text.Length);
        output.Write(length);
        output.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteInt32(MemoryStream output, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        output.Write(bytes);
    }
}
