using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Authentication;

/// <summary>SHA crypt (U. Drepper, 2007): <c>$5$</c> with SHA-256, <c>$6$</c> with SHA-512, as <c>mkpasswd</c> and <c>openssl passwd -6</c> make them.</summary>
internal sealed class ShaCryptHash : PasswordHash
{
    private const int DefaultRounds = 5000;
    private const int LeastRounds = 1000;
    private const int MostRounds = 10_000_000;
    private const int MaxSaltLength = 16;

    private readonly HashAlgorithmName _algorithm;
    private readonly byte[] _salt;
    private readonly byte[] _expected;
    private readonly int _rounds;

    private ShaCryptHash(bool is512, int rounds, string salt, string expected)
    {
        _algorithm = is512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        _salt = Encoding.Latin1.GetBytes(salt.Length > MaxSaltLength ? salt[..MaxSaltLength] : salt);
        _expected = Encoding.Latin1.GetBytes(expected);
        _rounds = rounds;
    }

    public static ShaCryptHash? Parse(string[] parts)
    {
        const string Prefix = "rounds=";
        var is512 = parts[1] == "6";
        var rounds = DefaultRounds;
        if (parts.Length == 5)
        {
            if (!parts[2].StartsWith(Prefix, StringComparison.Ordinal)) return null;
            if (!int.TryParse(parts[2].AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out rounds) || rounds > MostRounds) return null;
        }
        else if (parts.Length != 4)
        {
            return null;
        }

        return parts[^1].Length == (is512 ? 86 : 43) ? new ShaCryptHash(is512, Math.Max(rounds, LeastRounds), parts[^2], parts[^1]) : null;
    }

    protected override bool IsOf(ReadOnlySpan<byte> password)
    {
        using var sha = IncrementalHash.CreateHash(_algorithm);
        var hash = Begin(sha, password);
        for (var i = 0; i < password.Length; i++) sha.AppendData(password);
        var passwordBytes = Repeat(sha.GetHashAndReset(), password.Length);
        for (var i = 0; i < 16 + hash[0]; i++) sha.AppendData(_salt);
        var saltBytes = Repeat(sha.GetHashAndReset(), _salt.Length);

        for (var i = 0; i < _rounds; i++)
        {
            sha.AppendData(i % 2 != 0 ? passwordBytes : hash);
            if (i % 3 != 0) sha.AppendData(saltBytes);
            if (i % 7 != 0) sha.AppendData(passwordBytes);
            sha.AppendData(i % 2 != 0 ? hash : passwordBytes);
            sha.GetHashAndReset(hash);
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.Latin1.GetBytes(Write(hash)), _expected);
    }

    private byte[] Begin(IncrementalHash sha, ReadOnlySpan<byte> password)
    {
        sha.AppendData(password);
        sha.AppendData(_salt);
        sha.AppendData(password);
        var alternate = sha.GetHashAndReset();

        sha.AppendData(password);
        sha.AppendData(_salt);
        sha.AppendData(Repeat(alternate, password.Length));
        for (var length = password.Length; length > 0; length >>= 1) sha.AppendData((length & 1) != 0 ? alternate : password);
        return sha.GetHashAndReset();
    }

    private static byte[] Repeat(byte[] hash, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = hash[i % hash.Length];
        return bytes;
    }

    private static string Write(byte[] hash)
    {
        var text = new StringBuilder(86);
        if (hash.Length == SHA512.HashSizeInBytes)
        {
            for (int i = 0, a = 0, b = 21, c = 42; i < 21; i++, (a, b, c) = (b + 1, c + 1, a + 1)) CryptAlphabet.Append(text, hash[a], hash[b], hash[c]);
            CryptAlphabet.Append(text, 0, 0, hash[63], characters: 2);
        }
        else
        {
            for (int i = 0, a = 0, b = 10, c = 20; i < 10; i++, (a, b, c) = (c + 1, a + 1, b + 1)) CryptAlphabet.Append(text, hash[a], hash[b], hash[c]);
            CryptAlphabet.Append(text, 0, hash[31], hash[30], characters: 3);
        }

        return text.ToString();
    }
}
