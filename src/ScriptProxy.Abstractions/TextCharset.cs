using System.Net.Http.Headers;
using System.Text;

namespace ScriptProxy;

/// <summary>In which characters a body is written: its byte order mark, else the charset parameter of its Content-Type (RFC 9110 §8.3.2), else UTF-8.</summary>
internal static class TextCharset
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    private static readonly Encoding[] Marked = [Encoding.UTF8, Encoding.UTF32, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>The encoding of the charset named; UTF-8 where none is, or one nobody knows.</summary>
    public static Encoding Of(string? contentType) => Find(contentType) ?? Utf8;

    /// <summary>The encoding of a text by its byte order mark, else by its Content-Type.</summary>
    /// <param name="body">The text, or at least its first four bytes.</param>
    /// <param name="contentType">Content-Type; null when absent.</param>
    /// <param name="markLength">Length of the byte order mark in bytes; 0 when there is none.</param>
    public static Encoding Of(ReadOnlySpan<byte> body, string? contentType, out int markLength)
    {
        foreach (var encoding in Marked)
        {
            if (!body.StartsWith(encoding.Preamble)) continue;
            markLength = encoding.Preamble.Length;
            return encoding;
        }

        markLength = 0;
        return Of(contentType);
    }

    /// <summary>Whether more bytes could make a byte order mark of these, or a longer one.</summary>
    public static bool MayBecomeMark(ReadOnlySpan<byte> beginning)
    {
        foreach (var encoding in Marked)
        {
            if (beginning.Length < encoding.Preamble.Length && encoding.Preamble.StartsWith(beginning)) return true;
        }

        return false;
    }

    /// <summary>A whole text without its byte order mark.</summary>
    public static string Decode(ReadOnlySpan<byte> body, string? contentType)
    {
        var encoding = Of(body, contentType, out var markLength);
        return encoding.GetString(body[markLength..]);
    }

    /// <summary>The bytes of a text in the charset of its Content-Type; in UTF-8 where that charset is unknown or lacks one of the characters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="contentType">Content-Type; null when absent. Afterwards it says what was done.</param>
    public static byte[] Encode(string text, ref string? contentType)
    {
        var encoding = Find(contentType);
        if (encoding is null || IsUtf8(encoding) || Encode(text, encoding) is not { } bytes)
        {
            if ((encoding is null || !IsUtf8(encoding)) && NamesCharset(contentType, out var parsed))
            {
                parsed.CharSet = "utf-8";
                contentType = parsed.ToString();
            }

            return Utf8.GetBytes(text);
        }

        // Without a mark the two byte orders cannot be told apart (RFC 2781 §4.3).
        return encoding.IsSingleByte || encoding.Preamble.IsEmpty ? bytes : [.. encoding.Preamble, .. bytes];
    }

    public static bool IsUtf8(Encoding encoding) => encoding.CodePage == Encoding.UTF8.CodePage;

    private static byte[]? Encode(string text, Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        try
        {
            return strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    private static Encoding? Find(string? contentType)
    {
        if (!NamesCharset(contentType, out var parsed)) return null;
        var name = parsed.CharSet!.Trim('"');
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase)) return Utf8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            // An unknown charset is the sender's mistake; UTF-8 shows the most of it.
            return null;
        }
    }

    private static bool NamesCharset(string? contentType, out MediaTypeHeaderValue parsed)
    {
        var isParsed = MediaTypeHeaderValue.TryParse(contentType, out var value);
        parsed = value!;
        return isParsed && !string.IsNullOrEmpty(value!.CharSet);
    }
}
