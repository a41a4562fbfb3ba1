using System.Globalization;
using System.Text;

namespace ScriptProxy.Streaming;

/// <summary>Reads the lines of one event (WHATWG HTML §9.2.6).</summary>
internal static class ServerSentEventParser
{
    /// <returns>The event; null when the block has no data, so that clients make no event of it.</returns>
    public static ServerSentEvent? Parse(byte[] block, bool isFirst, bool isComplete)
    {
        string? type = null, id = null;
        TimeSpan? retry = null;
        StringBuilder? data = null, comment = null;
        ReadOnlySpan<byte> rest = block;
        if (isFirst && rest.StartsWith(Encoding.UTF8.Preamble)) rest = rest[Encoding.UTF8.Preamble.Length..];
        while (!rest.IsEmpty)
        {
            var line = TakeLine(ref rest);
            if (line.IsEmpty) continue;
            Split(line, out var name, out var value);
            switch (name)
            {
                case "":
                    Append(ref comment, value);
                    break;
                case "data":
                    Append(ref data, value);
                    break;
                case "event":
                    type = value.Length == 0 ? null : value;
                    break;
                case "id" when !value.Contains('\0', StringComparison.Ordinal):
                    id = value;
                    break;
                case "retry" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds):
                    retry = TimeSpan.FromMilliseconds(milliseconds);
                    break;
            }
        }

        if (data is null) return null;
        var source = new ServerSentEventSource(block, LineBreakOf(block), isComplete);
        return source.Original = new ServerSentEvent { Event = WithoutNul(type), Data = data.ToString(), Id = id, Retry = retry, Comment = comment?.ToString(), Source = source };
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        var next = end < 0 ? rest.Length : end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1);
        rest = rest[next..];
        return line;
    }

    private static void Split(ReadOnlySpan<byte> line, out string name, out string value)
    {
        var colon = line.IndexOf((byte)':');
        name = Encoding.UTF8.GetString(colon < 0 ? line : line[..colon]);
        var rest = colon < 0 ? default : line[(colon + 1)..];
        value = Encoding.UTF8.GetString(rest.StartsWith(" "u8) ? rest[1..] : rest);
    }

    private static void Append(ref StringBuilder? text, string line)
    {
        if (text is null) text = new StringBuilder(line);
        else text.Append('\n').Append(line);
    }

    private static string? WithoutNul(string? value) => value?.Replace("\0", "", StringComparison.Ordinal);

    private static string LineBreakOf(ReadOnlySpan<byte> block)
    {
        block = block.TrimStart("\r\n"u8);
        var end = block.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || block[end] == '\n') return "\n";
        return block[end..].StartsWith("\r\n"u8) ? "\r\n" : "\r";
    }
}
