using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Recording;

/// <summary>What stands for a secret: *** and six digits by which two uses of one secret can be told to be the same, within one run.</summary>
internal static class SecretMask
{
    // Of this process alone: without the key the digits say nothing, not even to someone who tries every possible secret.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The mask of a secret; an empty secret stays empty.</summary>
    public static string Of(ReadOnlySpan<char> secret)
    {
        if (secret.IsEmpty) return "";

        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Key, MemoryMarshal.AsBytes(secret), hash);
        return string.Create(9, BitConverter.ToUInt32(hash), static (text, number) =>
        {
            "***".CopyTo(text);
            for (var i = 3; i < text.Length; i++, number >>= 4) text[i] = "0123456789abcdef"[(int)(number & 15)];
        });
    }

    /// <summary>The mask of a header value; the word of a well-known authentication scheme in front stays readable.</summary>
    public static string OfHeaderValue(string value)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || !IsScheme(value.AsSpan(0, space))) return Of(value);
        return string.Concat(value.AsSpan(0, space + 1), Of(value.AsSpan(space + 1).Trim(' ')));
    }

    /// <summary>The mask of a Cookie header: names stay, values are masked one by one.</summary>
    public static string OfCookies(string value)
    {
        var result = new StringBuilder(value.Length + 16);
        foreach (var range in value.AsSpan().Split(';'))
        {
            if (result.Length > 0) result.Append("; ");
            AppendPair(result, value.AsSpan()[range].Trim());
        }

        return result.ToString();
    }

    /// <summary>The mask of a Set-Cookie header: the name and the attributes of RFC 6265 stay, everything else is masked.</summary>
    public static string OfSetCookie(string value)
    {
        var result = new StringBuilder(value.Length + 16);
        foreach (var range in value.AsSpan().Split(';'))
        {
            var part = value.AsSpan()[range].Trim();
            var first = result.Length == 0;
            if (!first) result.Append("; ");
            if (!first && IsCookieAttribute(part)) result.Append(part);
            else AppendPair(result, part);
        }

        return result.ToString();
    }

    private static void AppendPair(StringBuilder result, ReadOnlySpan<char> pair)
    {
        var equals = pair.IndexOf('=');
        result.Append(pair[..(equals + 1)]).Append(Of(pair[(equals + 1)..]));
    }

    private static bool IsCookieAttribute(ReadOnlySpan<char> part)
    {
        var equals = part.IndexOf('=');
        var name = equals < 0 ? part : part[..equals].TrimEnd();
        foreach (var attribute in (ReadOnlySpan<string>)["Expires", "Max-Age", "Domain", "Path", "Secure", "HttpOnly", "SameSite", "Partitioned", "Priority"])
        {
            if (name.Equals(attribute, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>Whether a word names an authentication scheme (RFC 9110 §11.1), and so is no secret.</summary>
    public static bool IsScheme(ReadOnlySpan<char> word)
    {
        foreach (var scheme in (ReadOnlySpan<string>)["Bearer", "Basic", "Digest", "Negotiate", "NTLM", "Token", "ApiKey", "DPoP", "Hawk", "OAuth", "AWS4-HMAC-SHA256", "SharedKey", "GoogleLogin", "vapid"])
        {
            if (word.Equals(scheme, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
