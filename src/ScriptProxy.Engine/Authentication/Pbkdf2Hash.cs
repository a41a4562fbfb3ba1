using System.Globalization;
using System.Security.Cryptography;

namespace ScriptProxy.Engine.Authentication;

/// <summary>PBKDF2 with SHA-256 in the notation of Python's passlib: <c>$pbkdf2-sha256$600000$salt$hash</c>. What hash-password makes.</summary>
internal sealed class Pbkdf2Hash(int iterations, byte[] salt, byte[] expected) : PasswordHash
{
    // What OWASP recommends for it; a third of a second on a slow core.
    private const int Iterations = 600_000;
    private const int MaxIterations = 20_000_000;
    private const int SaltBytes = 16;

    /// <summary>Hashes a password, with a salt of its own.</summary>
    public static Pbkdf2Hash Of(ReadOnlySpan<byte> password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new Pbkdf2Hash(Iterations, salt, Derive(password, salt, Iterations, SHA256.HashSizeInBytes));
    }

    public static Pbkdf2Hash? Parse(string[] parts)
    {
        if (parts.Length != 5 || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > MaxIterations) return null;
        return Decode(parts[3]) is { } salt && Decode(parts[4]) is { Length: SHA256.HashSizeInBytes } hash ? new Pbkdf2Hash(iterations, salt, hash) : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"$pbkdf2-sha256${iterations}${Encode(salt)}${Encode(expected)}");

    protected override bool IsOf(ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(Derive(password, salt, iterations, expected.Length), expected);

    private static byte[] Derive(ReadOnlySpan<byte> password, byte[] salt, int iterations, int length) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, length);

    // passlib's alphabet: base64 without padding, with a dot for the plus.
    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '.');

    private static byte[]? Decode(string text)
    {
        var padded = text.Replace('.', '+') + (text.Length % 4) switch { 2 => "==", 3 => "=", _ => "" };
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var count) ? bytes[..count] : null;
    }
}
