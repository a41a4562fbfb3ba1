namespace ScriptProxy.Engine.Http1;

/// <summary>How the end of a message's body is known.</summary>
internal enum FramingKind : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>Content-Length says how many bytes follow.</summary>
    Length,

    /// <summary>The chunked coding says it.</summary>
    Chunked,

    /// <summary>The body ends with the connection.</summary>
    UntilClose,
}

/// <summary>A framing: the kind, and the bytes still to come where they are counted.</summary>
internal readonly record struct Framing(FramingKind Kind, long Length)
{
    public static readonly Framing None = new(FramingKind.None, 0);
    public static readonly Framing Chunked = new(FramingKind.Chunked, 0);
    public static readonly Framing UntilClose = new(FramingKind.UntilClose, 0);

    public static Framing OfLength(long length) => new(FramingKind.Length, length);
}

/// <summary>
/// Decides, once and for both sides, where a message ends (RFC 9112 §6). Whatever two readers could decide differently is refused.
/// </summary>
internal static class MessageFraming
{
    /// <returns>What is wrong, for people; null when the framing was decided.</returns>
    public static string? OfRequest(HeaderBlock head, Version version, out Framing framing)
    {
        framing = Framing.None;
        if (ReadLength(head, out var length) is { } problem) return problem;
        var coding = head.Find(KnownHeader.TransferEncoding);
        if (coding < 0)
        {
            if (length >= 0) framing = Framing.OfLength(length);
            return null;
        }

        if (length >= 0) return "both Content-Length and Transfer-Encoding";
        if (version.Minor == 0) return "Transfer-Encoding in HTTP/1.0";
        if (ReadCodings(head, coding, out var codings) is { } fault) return fault;
        if (codings is Codings.Unknown) return "a Transfer-Encoding that is not known";
        if (codings is not Codings.EndsChunked) return "a Transfer-Encoding that does not end with chunked";
        framing = Framing.Chunked;
        return null;
    }

    /// <summary>The same for a response, which depends on the request's method and the status (RFC 9112 §6.3).</summary>
    /// <returns>What is wrong, for people; null when the framing was decided.</returns>
    public static string? OfResponse(HeaderBlock head, Version version, int statusCode, bool isHead, out Framing framing)
    {
        framing = Framing.None;
        if (ReadLength(head, out var length) is { } problem) return problem;
        var coding = head.Find(KnownHeader.TransferEncoding);
        if (statusCode is (>= 100 and < 200) or 204)
        {
            // RFC 9110 §8.6, RFC 9112 §6.1: these have neither; a client that believed them would wait for a body.
            head.RemoveKnown(KnownHeader.ContentLength);
            head.RemoveKnown(KnownHeader.TransferEncoding);
            return null;
        }

        if (coding >= 0)
        {
            if (length >= 0) return "both Content-Length and Transfer-Encoding";
            if (version.Minor == 0) return "Transfer-Encoding in HTTP/1.0";
            if (ReadCodings(head, coding, out var codings) is { } fault) return fault;

            // One reader would wait for the connection's end, another look for chunks.
            if (codings is Codings.Unknown) return "a Transfer-Encoding that is not known";
            if (isHead || statusCode == 304) return null;
            framing = codings is Codings.EndsChunked ? Framing.Chunked : Framing.UntilClose;
            return null;
        }

        if (isHead || statusCode == 304) return null;
        framing = length >= 0 ? Framing.OfLength(length) : Framing.UntilClose;
        return null;
    }

    private static string? ReadLength(HeaderBlock head, out long length)
    {
        length = -1;
        var first = head.Find(KnownHeader.ContentLength);
        if (first < 0) return null;
        if (!TryReadDigits(head.ValueBytes(first), out length)) return "a Content-Length that is not a number";

        var duplicates = false;
        for (var i = head.Find(KnownHeader.ContentLength, first + 1); i >= 0; i = head.Find(KnownHeader.ContentLength, i + 1))
        {
            if (!TryReadDigits(head.ValueBytes(i), out var other)) return "a Content-Length that is not a number";
            if (other != length) return "two Content-Lengths that differ";
            duplicates = true;
        }

        // RFC 9110 §8.6: equal duplicates may be folded into one, which leaves the next reader nothing to decide.
        if (duplicates) head.KeepFirst(KnownHeader.ContentLength);
        return null;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.Length is 0 or > 18) return false;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (digit - '0');
        }

        return true;
    }

    private enum Codings
    {
        Known,
        EndsChunked,
        Unknown,
    }

    private static string? ReadCodings(HeaderBlock head, int first, out Codings codings)
    {
        codings = Codings.Known;
        for (var i = first; i >= 0; i = head.Find(KnownHeader.TransferEncoding, i + 1))
        {
            var value = head.ValueBytes(i);
            foreach (var range in value.Split((byte)','))
            {
                var coding = value[range].Trim(" \t"u8);
                if (coding.IsEmpty) return "an empty Transfer-Encoding";
                if (codings is Codings.EndsChunked) return "a transfer coding after chunked";
                if (System.Text.Ascii.EqualsIgnoreCase(coding, "chunked"u8)) codings = codings is Codings.Unknown ? Codings.Unknown : Codings.EndsChunked;
                else if (!IsKnownCoding(coding)) codings = Codings.Unknown;
            }
        }

        return null;
    }

    private static bool IsKnownCoding(ReadOnlySpan<byte> coding) =>
        System.Text.Ascii.EqualsIgnoreCase(coding, "gzip"u8) || System.Text.Ascii.EqualsIgnoreCase(coding, "x-gzip"u8) ||
        System.Text.Ascii.EqualsIgnoreCase(coding, "deflate"u8) || System.Text.Ascii.EqualsIgnoreCase(coding, "compress"u8);
}
