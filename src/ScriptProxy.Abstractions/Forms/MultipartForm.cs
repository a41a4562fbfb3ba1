using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Forms;

/// <summary>multipart/form-data (RFC 7578), as browsers write it (WHATWG HTML §4.10.22.7).</summary>
internal static class MultipartForm
{
    public const string MediaType = "multipart/form-data";

    private const int MaxPartHeadBytes = 16 * 1024;
    private const int MaxBoundaryLength = 200;

    /// <summary>The boundary parameter of a Content-Type; null when there is none that can be used.</summary>
    public static string? BoundaryOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var parsed)) return null;
        var boundary = parsed.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
        return boundary is { Length: > 0 and <= MaxBoundaryLength } ? boundary : null;
    }

    /// <exception cref="InvalidDataException">It is not multipart/form-data, or exceeds a limit.</exception>
    public static Form Read(ReadOnlyMemory<byte> body, string? contentType, int maxFields)
    {
        if (BoundaryOf(contentType) is not { } boundary) throw new InvalidDataException($"The Content-Type \"{contentType}\" has no boundary.");
        var delimiter = Encoding.Latin1.GetBytes("--" + boundary);
        var form = new Form();
        var position = FindDelimiter(body.Span, 0, delimiter, out var isLast);
        while (position >= 0 && !isLast)
        {
            if (form.Count == maxFields) throw new InvalidDataException($"The form has more than {maxFields} parts.");
            var head = ReadHead(body.Span[position..], out var headLength);
            var start = position + headLength;
            position = FindDelimiter(body.Span, start - 2, delimiter, out isLast, out var end);
            form.Add(ToField(head, body[start..Math.Max(start, end)]));
        }

        return form;
    }

    public static byte[] Write(Form form, string boundary)
    {
        var output = new MemoryStream();
        foreach (var field in form)
        {
            var head = new StringBuilder($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Escape(field.Name)}\"");
            if (field.FileName is not null) head.Append($"; filename=\"{Escape(field.FileName)}\"");
            var contentType = field.ContentType ?? (field.IsFile ? "application/octet-stream" : null);
            if (contentType is not null) head.Append($"\r\nContent-Type: {contentType}");
            output.Write(Encoding.UTF8.GetBytes(head.Append("\r\n\r\n").ToString()));
            output.Write(field.Bytes.Span);
            output.Write("\r\n"u8);
        }

        output.Write(Encoding.Latin1.GetBytes($"--{boundary}--\r\n"));
        return output.ToArray();
    }

    /// <summary>A boundary that occurs in none of the fields: the one there was, if it can be kept.</summary>
    public static string ChooseBoundary(Form form, string? former)
    {
        var boundary = former ?? NewBoundary();
        while (form.Any(field => field.Bytes.Span.IndexOf(Encoding.Latin1.GetBytes(boundary)) >= 0)) boundary = NewBoundary();
        return boundary;
    }

    private static string NewBoundary() => "----ScriptProxy" + Convert.ToHexString(RandomNumberGenerator.GetBytes(12));

    private static int FindDelimiter(ReadOnlySpan<byte> body, int from, byte[] delimiter, out bool isLast) => FindDelimiter(body, from, delimiter, out isLast, out _);

    /// <summary>Finds the next delimiter line at or after <paramref name="from"/>.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="from">Where to look from; the delimiter stands there or after a CRLF.</param>
    /// <param name="delimiter">Two hyphens and the boundary.</param>
    /// <param name="isLast">Whether it ends the body.</param>
    /// <param name="end">Where what precedes it ends.</param>
    /// <returns>Where what follows it begins.</returns>
    private static int FindDelimiter(ReadOnlySpan<byte> body, int from, byte[] delimiter, out bool isLast, out int end)
    {
        for (var at = from; ; at += delimiter.Length)
        {
            var offset = body[at..].IndexOf(delimiter);
            if (offset < 0) throw new InvalidDataException("The multipart body ends before its closing boundary.");
            at += offset;
            var isAtLineStart = at == 0 || (at >= 2 && body[at - 2] == '\r' && body[at - 1] == '\n');
            if (!isAtLineStart) continue;

            var rest = body[(at + delimiter.Length)..];
            end = at - 2;
            isLast = rest.StartsWith("--"u8);
            if (isLast) return at + delimiter.Length + 2;
            var padding = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
            if (padding >= 0 && rest[padding..].StartsWith("\r\n"u8)) return at + delimiter.Length + padding + 2;
        }
    }

    private static string ReadHead(ReadOnlySpan<byte> part, out int length)
    {
        // A part without header lines has the empty line at once.
        var isEmpty = part.StartsWith("\r\n"u8);
        var end = isEmpty ? 0 : part[..Math.Min(part.Length, MaxPartHeadBytes)].IndexOf("\r\n\r\n"u8);
        if (end < 0) throw new InvalidDataException($"A part's head does not end within {MaxPartHeadBytes} bytes.");
        length = end + (isEmpty ? 2 : 4);
        return Encoding.UTF8.GetString(part[..end]);
    }

    private static FormField ToField(string head, ReadOnlyMemory<byte> content)
    {
        string? name = null, fileName = null, contentType = null;
        foreach (var line in head.Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var value = line[(colon + 1)..].Trim();
            if (line.AsSpan(0, colon).Trim().Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) contentType = Printable(value);
            if (!line.AsSpan(0, colon).Trim().Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase)) continue;
            name = Parameter(value, "name");
            fileName = Parameter(value, "filename");
        }

        return new FormField(name ?? throw new InvalidDataException("A part of the form has no name."), content, fileName, contentType);
    }

    private static string? Printable(string value) => value.Length == 0 || value.AsSpan().ContainsAny("\r\n\0") || value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF') ? null : value;

    /// <summary>The value of a parameter, its quotes and escapes undone; null when absent.</summary>
    private static string? Parameter(string disposition, string name)
    {
        for (var at = disposition.IndexOf(';', StringComparison.Ordinal); at >= 0 && at < disposition.Length;)
        {
            at++;
            while (at < disposition.Length && disposition[at] is ' ' or '\t') at++;
            var equals = disposition.IndexOf('=', at);
            if (equals < 0) return null;
            var found = disposition[at..equals].Trim();
            var value = ReadValue(disposition, equals + 1, out at);
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase)) return value;
            at = disposition.IndexOf(';', Math.Min(at, disposition.Length));
        }

        return null;
    }

    private static string ReadValue(string text, int start, out int end)
    {
        if (start < text.Length && text[start] != '"')
        {
            end = text.IndexOf(';', start);
            if (end < 0) end = text.Length;
            return text[start..end].Trim();
        }

        var value = new StringBuilder();
        for (end = start + 1; end < text.Length && text[end] != '"'; end++)
        {
            // Only a quote is escaped by a backslash: file names of other systems have backslashes of their own.
            if (text[end] == '\\' && end + 1 < text.Length && text[end + 1] == '"') end++;
            value.Append(text[end]);
        }

        return value.Replace("%22", "\"").Replace("%0D", "\r").Replace("%0A", "\n").ToString();
    }

    private static string Escape(string name) =>
        name.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
}
