using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Authentication;

/// <summary>MD5 crypt: <c>$apr1$</c>, which <c>htpasswd</c> and <c>openssl passwd -apr1</c> make, and <c>$1$</c>. For files that exist; not made here.</summary>
[SuppressMessage("Security", "CA5351", Justification = "The format is what the user's file holds; hash-password makes a better one.")]
internal sealed class Md5CryptHash(string kind, string salt, string expected) : PasswordHash
{
    private const int Rounds = 1000;
    private const int MaxSaltLength = 8;

    private readonly byte[] _magic = Encoding.Latin1.GetBytes($"${kind}$");
    private readonly byte[] _salt = Encoding.Latin1.GetBytes(salt.Length > MaxSaltLength ? salt[..MaxSaltLength] : salt);
    private readonly byte[] _expected = Encoding.Latin1.GetBytes(expected);

    protected override bool IsOf(ReadOnlySpan<byte> password)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var hash = Begin(md5, password);
        for (var i = 0; i < Rounds; i++)
        {
            md5.AppendData(i % 2 != 0 ? password : hash);
            if (i % 3 != 0) md5.AppendData(_salt);
            if (i % 7 != 0) md5.AppendData(password);
            md5.AppendData(i % 2 != 0 ? hash : password);
            hash = md5.GetHashAndReset();
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.Latin1.GetBytes(Write(hash)), _expected);
    }

    private byte[] Begin(IncrementalHash md5, ReadOnlySpan<byte> password)
    {
        md5.AppendData(password);
        md5.AppendData(_salt);
        md5.AppendData(password);
        var alternate = md5.GetHashAndReset();

        md5.AppendData(password);
        md5.AppendData(_magic);
        md5.AppendData(_salt);
        for (var left = password.Length; left > 0; left -= alternate.Length) md5.AppendData(alternate.AsSpan(0, Math.Min(left, alternate.Length)));

        // As it has been done since 1994: a zero for every one, the first letter for every zero of the length's bits.
        for (var length = password.Length; length > 0; length >>= 1) md5.AppendData((length & 1) != 0 ? "\0"u8 : password[..1]);
        return md5.GetHashAndReset();
    }

    private static string Write(byte[] hash)
    {
        var text = new StringBuilder(22);
        for (var i = 0; i < 5; i++) CryptAlphabet.Append(text, hash[i], hash[i + 6], hash[i == 4 ? 5 : i + 12]);
        CryptAlphabet.Append(text, 0, 0, hash[11], characters: 2);
        return text.ToString();
    }
}
