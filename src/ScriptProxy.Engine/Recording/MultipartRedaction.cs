using System.Buffers;
using System.Text;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Masks the content of secret fields in multipart/form-data (RFC 7578) and leaves every other byte as it is. A part that cannot be read, or
/// does not end, is masked.
/// </summary>
internal static class MultipartRedaction
{
    /// <param name="body">The body.</param>
    /// <param name="boundary">As in Content-Type, without the leading hyphens.</param>
    /// <param name="isSecret">Whether a field of that name is to be masked.</param>
    public static ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> body, string boundary, Func<string, bool> isSecret)
    {
        var bytes = body.Span;
        var delimiter = Encoding.Latin1.GetBytes("--" + boundary);
        var output = new ArrayBufferWriter<byte>(bytes.Length + 64);
        var at = bytes.IndexOf(delimiter);
        if (at < 0) return Mask(bytes);

        output.Write(bytes[..at]);
        while (at < bytes.Length)
        {
            // From one delimiter to the next, or to the end.
            var rest = bytes[at..];
            var next = rest[delimiter.Length..].IndexOf(delimiter);
            var part = next < 0 ? rest : rest[..(delimiter.Length + next)];
            WritePart(output, part, delimiter.Length, isSecret);
            at += part.Length;
        }

        return output.WrittenMemory;
    }

    private static void WritePart(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> part, int delimiterLength, Func<string, bool> isSecret)
    {
        var isLast = part[delimiterLength..].StartsWith("--"u8);
        var headLength = part.IndexOf("\r\n\r\n"u8);
        if (isLast || headLength < 0)
        {
            output.Write(part[..delimiterLength]);
            var tail = part[delimiterLength..];
            if (isLast && tail.Trim("-\r\n \t"u8).IsEmpty) output.Write(tail);
            else output.Write(Mask(tail).Span);
            return;
        }

        var content = part[(headLength + 4)..];
        if (NameOf(Encoding.UTF8.GetString(part[delimiterLength..headLength])) is { } name && !isSecret(name))
        {
            output.Write(part);
            return;
        }

        var end = content.EndsWith("\r\n"u8) ? content.Length - 2 : content.Length;
        output.Write(part[..(headLength + 4)]);
        output.Write(Mask(content[..end]).Span);
        output.Write(content[end..]);
    }

    /// <summary>The name parameter of Content-Disposition; null when there is none.</summary>
    private static string? NameOf(string head)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (!line.StartsWith("Content-Disposition:", StringComparison.OrdinalIgnoreCase)) continue;
            return System.Net.Http.Headers.ContentDispositionHeaderValue.TryParse(line["Content-Disposition:".Length..].Trim(), out var disposition)
                ? disposition.Name?.Trim('"')
                : null;
        }

        return null;
    }

    private static ReadOnlyMemory<byte> Mask(ReadOnlySpan<byte> content) => Encoding.UTF8.GetBytes(SecretMask.Of(Encoding.Latin1.GetString(content)));
}
