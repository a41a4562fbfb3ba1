using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>The key that PKCS#12 makes of a password to protect a file against changes (RFC 7292, appendix B.2), with SHA-256.</summary>
internal static class Pkcs12Key
{
    /// <summary>How often the hash is taken.</summary>
    public const int Iterations = 10_000;

    private const int BlockBytes = 64;
    private const byte MacPurpose = 3;

    /// <summary>As long as the hash, so that one round of the appendix's step 6 makes all of it.</summary>
    public static byte[] ForMac(string password, byte[] salt)
    {
        var input = new byte[BlockBytes];
        input.AsSpan().Fill(MacPurpose);
        byte[] hash = [.. input, .. Filled(salt), .. Filled(Encoding.BigEndianUnicode.GetBytes(password + '\0'))];
        for (var i = 0; i < Iterations; i++) hash = SHA256.HashData(hash);
        return hash;
    }

    /// <summary>Repeated until it fills whole blocks.</summary>
    private static byte[] Filled(byte[] bytes)
    {
        var filled = new byte[(bytes.Length + BlockBytes - 1) / BlockBytes * BlockBytes];
        for (var i = 0; i < filled.Length; i++) filled[i] = bytes[i % bytes.Length];
        return filled;
    }
}
