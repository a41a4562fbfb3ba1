using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ScriptProxy.Engine.Authentication;

/// <summary>Apache's {SHA}: SHA-1 without salt, as <c>htpasswd -s</c> writes it. For files that exist; not made here.</summary>
internal sealed class Sha1Hash(byte[] expected) : PasswordHash
{
    public static Sha1Hash? Parse(string base64)
    {
        var bytes = new byte[SHA1.HashSizeInBytes];
        return Convert.TryFromBase64String(base64, bytes, out var count) && count == bytes.Length ? new Sha1Hash(bytes) : null;
    }

    [SuppressMessage("Security", "CA5350", Justification = "The format is what the user's file holds; hash-password makes a better one.")]
    protected override bool IsOf(ReadOnlySpan<byte> password) => CryptographicOperations.FixedTimeEquals(SHA1.HashData(password), expected);
}
