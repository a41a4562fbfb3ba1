using System.Globalization;
using System.Text;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Text that cannot act on a terminal or start a new line: controls (C0, DEL, C1), bidi and other format characters, line separators and
/// lone surrogates become escapes such as \n or \u001b. Everything that came over the network passes here before it is shown.
/// </summary>
internal static class Printable
{
    /// <summary>The text with escapes; the same instance when there is nothing to escape.</summary>
    public static string Escape(string text)
    {
        var clean = CleanPrefix(text);
        if (clean == text.Length) return text;

        var builder = new StringBuilder(text.Length + 16);
        Append(builder, text);
        return builder.ToString();
    }

    /// <summary>Appends the text with escapes.</summary>
    public static StringBuilder Append(StringBuilder builder, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var clean = CleanPrefix(text);
            builder.Append(text[..clean]);
            if (clean == text.Length) return builder;

            var length = char.IsHighSurrogate(text[clean]) && clean + 1 < text.Length && char.IsLowSurrogate(text[clean + 1]) ? 2 : 1;
            foreach (var character in text.Slice(clean, length)) AppendEscape(builder, character);
            text = text[(clean + length)..];
        }
    }

    /// <summary>How many characters at the start need no escape.</summary>
    private static int CleanPrefix(ReadOnlySpan<char> text)
    {
        // Nearly everything is ASCII: one vectorised search answers for it.
        var index = text.IndexOfAnyExceptInRange(' ', '~');
        if (index < 0) return text.Length;

        while (index < text.Length)
        {
            if (Rune.DecodeFromUtf16(text[index..], out var rune, out var length) != System.Buffers.OperationStatus.Done) return index;
            if (IsUnsafe(rune)) return index;
            index += length;
        }

        return index;
    }

    private static bool IsUnsafe(Rune rune) =>
        rune.Value is < ' ' or (>= 0x7F and < 0xA0)
        || (rune.Value > 0x7F && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void AppendEscape(StringBuilder builder, char character)
    {
        switch (character)
        {
            case '\n': builder.Append("\\n"); break;
            case '\r': builder.Append("\\r"); break;
            case '\t': builder.Append("\\t"); break;
            default: builder.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)); break;
        }
    }
}
