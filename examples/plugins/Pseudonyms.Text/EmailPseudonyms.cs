using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PseudonymsPlugin.Text;

/// <summary>Replaces e-mail addresses in a text, each by the same pseudonym every time. Thread-safe.</summary>
/// <param name="key">What the pseudonyms are made with.</param>
public sealed partial class EmailPseudonyms(string key)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>The text with all addresses replaced.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="count">How many were replaced.</param>
    public string Replace(string text, out int count)
    {
        var replaced = 0;
        var result = Email().Replace(text, match =>
        {
            replaced++;
            return PseudonymOf(match.Value);
        });
        count = replaced;
        return result;
    }

    private string PseudonymOf(string email)
    {
        var hash = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(email.ToUpperInvariant()));
        return $"user-{Convert.ToHexStringLower(hash.AsSpan(0, 6))}@example.invalid";
    }

    [GeneratedRegex(@"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){1,8}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Email();
}
