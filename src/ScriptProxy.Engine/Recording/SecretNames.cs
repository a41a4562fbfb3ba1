using System.Collections.Frozen;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Which header fields and URL parameters hold secrets unless told otherwise. Names compare without case, percent-encoding and the
/// characters - _ . [ ], so that api_key, Api-Key, apiKey and user[api_key] are one.
/// </summary>
internal static class SecretNames
{
    private const int LongestCompared = 48;

    /// <summary>Endings that make any header or parameter a secret: X-Vault-Token, refresh_token, X-Amz-Signature, JSESSIONID.</summary>
    private static readonly string[] Endings =
    [
        "token", "secret", "password", "passwd", "passphrase", "credential", "credentials", "authorization", "assertion", "signature", "jwt",
        "apikey", "accesskey", "accesskeyid", "secretkey", "privatekey", "authkey", "appkey", "applicationkey", "masterkey", "subscriptionkey",
        "functionskey", "sessionid", "sessid",
    ];

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Headers =
        new[] { "cookie", "cookie2", "setcookie", "setcookie2", "xamznoidcdata", "xmsclientprincipal", "xcsrf", "xxsrf" }
            .ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Fields =
        new[] { "pwd", "pass", "cookie", "otp", "hmac", "samlresponse", "codeverifier", "ssn", "cvv", "cvc", "cardnumber", "iban" }
            .ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Parameters =
        new[] { "key", "sig", "code", "pwd", "pass", "auth", "cookie", "session", "sid", "otp", "pin", "ticket", "hmac", "samlresponse", "codeverifier" }
            .ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a header field of that name holds a secret.</summary>
    public static bool IsHeader(ReadOnlySpan<char> name)
    {
        Span<char> buffer = stackalloc char[LongestCompared];
        var folded = Fold(name, buffer);
        return Headers.Contains(folded) || EndsAsSecret(folded);
    }

    /// <summary>Whether a parameter of that name in a URL holds a secret.</summary>
    public static bool IsParameter(ReadOnlySpan<char> name)
    {
        Span<char> buffer = stackalloc char[LongestCompared];
        var folded = Fold(name, buffer);
        return Parameters.Contains(folded) || EndsAsSecret(folded);
    }

    /// <summary>Whether a property of that name in a JSON document holds a secret. Fewer names than in URLs: key, code and session mean other things there.</summary>
    public static bool IsField(ReadOnlySpan<char> name)
    {
        Span<char> buffer = stackalloc char[LongestCompared];
        var folded = Fold(name, buffer);
        return Fields.Contains(folded) || EndsAsSecret(folded);
    }

    /// <summary>Whether a parameter's name as it stands in a URL is <paramref name="wanted"/>, without case, encoded or not.</summary>
    public static bool IsSame(ReadOnlySpan<char> name, string wanted)
    {
        var matched = 0;
        for (var i = 0; i < name.Length; matched++)
        {
            var character = UrlCharacter.Read(name, i);
            var value = name[i] == '+' ? ' ' : character.Value;
            if (matched == wanted.Length || char.ToLowerInvariant(value) != char.ToLowerInvariant(wanted[matched])) return IsSameInUtf8(name, wanted);
            i += character.Length;
        }

        return matched == wanted.Length;
    }

    /// <summary>Names beyond ASCII are several encoded bytes a character.</summary>
    private static bool IsSameInUtf8(ReadOnlySpan<char> name, string wanted) =>
        !System.Text.Ascii.IsValid(wanted) && Uri.UnescapeDataString(name).Equals(wanted, StringComparison.OrdinalIgnoreCase);

    private static bool EndsAsSecret(ReadOnlySpan<char> folded)
    {
        foreach (var ending in Endings)
        {
            if (folded.EndsWith(ending, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    /// <summary>Writes the name into the buffer from its end, as endings decide; a name longer than any we know loses its start.</summary>
    private static ReadOnlySpan<char> Fold(ReadOnlySpan<char> name, Span<char> buffer)
    {
        // An encoded character takes at least three: what is decoded cannot be longer.
        Span<char> decoded = stackalloc char[256];
        scoped var plain = name;
        if (name.Contains('%'))
        {
            if (name.Length > decoded.Length) name = name[^decoded.Length..];
            plain = decoded[..Decode(name, decoded)];
        }

        var start = buffer.Length;
        for (var i = plain.Length - 1; i >= 0 && start > 0; i--)
        {
            if (plain[i] is '-' or '_' or '.' or '[' or ']' or ' ' or '+') continue;
            buffer[--start] = char.ToLowerInvariant(plain[i]);
        }

        return buffer[start..];
    }

    private static int Decode(ReadOnlySpan<char> name, Span<char> decoded)
    {
        var length = 0;
        for (var i = 0; i < name.Length;)
        {
            var character = UrlCharacter.Read(name, i);
            decoded[length++] = character.Value;
            i += character.Length;
        }

        return length;
    }
}
