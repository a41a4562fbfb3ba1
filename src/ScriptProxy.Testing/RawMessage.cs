using System.Globalization;
using System.Text;

namespace ScriptProxy.Testing;

/// <summary>Finds the end of an HTTP/1.1 message, trusting its sender: tests know what they sent.</summary>
internal static class RawMessage
{
    /// <summary>The length of the head with its empty line, or -1 when it is not complete.</summary>
    public static int HeadLength(ReadOnlySpan<byte> bytes)
    {
        var index = bytes.IndexOf("\r\n\r\n"u8);
        return index < 0 ? -1 : index + 4;
    }

    /// <summary>The length of head and body, by Transfer-Encoding or Content-Length; or -1 when they are not complete.</summary>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        var headLength = HeadLength(bytes);
        if (headLength < 0) return -1;

        var head = Encoding.Latin1.GetString(bytes[..headLength]);
        if (Field(head, "transfer-encoding") is { } coding && coding.EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
        {
            var bodyLength = ChunkedLength(bytes[headLength..]);
            return bodyLength < 0 ? -1 : headLength + bodyLength;
        }

        var length = headLength + (Field(head, "content-length") is { } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : 0);
        return bytes.Length < length ? -1 : length;
    }

    private static string? Field(string head, string name)
    {
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[..colon].Equals(name, StringComparison.OrdinalIgnoreCase)) return line[(colon + 1)..].Trim();
        }

        return null;
    }

    /// <summary>Chunks, the last chunk, trailers.</summary>
    private static int ChunkedLength(ReadOnlySpan<byte> body)
    {
        var position = 0;
        while (true)
        {
            var lineLength = body[position..].IndexOf("\r\n"u8);
            if (lineLength < 0) return -1;

            var line = Encoding.Latin1.GetString(body.Slice(position, lineLength));
            var size = int.Parse(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                // The line's own end may be the first half of the empty line.
                var trailers = HeadLength(body[(position + lineLength)..]);
                return trailers < 0 ? -1 : position + lineLength + trailers;
            }

            position += lineLength + 2 + size + 2;
            if (position > body.Length) return -1;
        }
    }
}
