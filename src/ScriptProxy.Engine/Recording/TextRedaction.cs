using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Recording;

/// <summary>Hides the texts and patterns that addons asked to hide, in whatever text they stand.</summary>
internal static class TextRedaction
{
    private const string SecretGroup = "secret";
    private static readonly SearchValues<char> UrlDelimiters = SearchValues.Create("/?&=;#");

    /// <summary>The text with what is to be hidden masked; the same instance when there is nothing.</summary>
    public static string Redact(string text, FlowRedactions? redactions)
    {
        if (redactions is not { HidesText: true } || text.Length == 0) return text;
        foreach (var secret in redactions.Texts) text = Hide(text, secret);
        foreach (var pattern in redactions.Patterns) text = Hide(text, pattern);
        return text;
    }

    /// <summary>A URL, in which a secret may be percent-encoded: pieces that hold one only when decoded are masked whole.</summary>
    public static string RedactUrl(string url, FlowRedactions? redactions)
    {
        if (redactions is not { HidesText: true }) return url;
        var redacted = Redact(url, redactions);
        if (!redacted.Contains('%', StringComparison.Ordinal)) return redacted;

        var result = new System.Text.StringBuilder(redacted.Length);
        var rest = redacted.AsSpan();
        while (true)
        {
            var length = rest.IndexOfAny(UrlDelimiters);
            var piece = (length < 0 ? rest : rest[..length]).ToString();
            result.Append(HidesWhenDecoded(piece, redactions) ? SecretMask.Of(piece) : piece);
            if (length < 0) return result.ToString();
            result.Append(rest[length]);
            rest = rest[(length + 1)..];
        }
    }

    private static bool HidesWhenDecoded(string piece, FlowRedactions redactions)
    {
        if (!piece.Contains('%', StringComparison.Ordinal)) return false;
        var decoded = Uri.UnescapeDataString(piece);
        return !ReferenceEquals(Redact(decoded, redactions), decoded);
    }

    private static string Hide(string text, string secret)
    {
        if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, SecretMask.Of(secret), StringComparison.Ordinal);
        foreach (var form in (ReadOnlySpan<string>)[Uri.EscapeDataString(secret), JsonEncodedText.Encode(secret).ToString(), Relaxed(secret)])
        {
            // The same digits, so that it can be told to be the same secret.
            if (form != secret && text.Contains(form, StringComparison.Ordinal)) text = text.Replace(form, SecretMask.Of(secret), StringComparison.Ordinal);
        }

        return text;
    }

    private static string Relaxed(string secret) =>
        JsonEncodedText.Encode(secret, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    private static string Hide(string text, Regex pattern)
    {
        try
        {
            return pattern.IsMatch(text) ? pattern.Replace(text, Mask) : text;
        }
        catch (RegexMatchTimeoutException)
        {
            // Nobody knows what of it is secret.
            return SecretMask.Of(text);
        }
    }

    private static string Mask(Match match)
    {
        if (match.Groups[SecretGroup] is not { Success: true } secret) return SecretMask.Of(match.Value);
        var start = secret.Index - match.Index;
        return string.Concat(match.ValueSpan[..start], SecretMask.Of(secret.ValueSpan), match.ValueSpan[(start + secret.Length)..]);
    }
}
