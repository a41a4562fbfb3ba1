using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;

namespace ScriptProxy.Streaming;

/// <summary>Lets code see a body line by line. A line goes on as soon as it is whole; one that is not changed leaves as the bytes it came as.</summary>
internal static class LineTransform
{
    /// <summary>Gives the new bytes of a line, the old ones to keep it, or null to drop it.</summary>
    public delegate ReadOnlyMemory<byte>? Edit(ReadOnlyMemory<byte> line);

    /// <exception cref="InvalidDataException">A line is too long.</exception>
    public static async Task RunAsync(PipeReader input, PipeWriter output, Edit edit, int maxLineBytes, CancellationToken cancellationToken)
    {
        long scanned = 0;
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (buffer.Slice(scanned).PositionOf((byte)'\n') is { } end)
            {
                var next = buffer.GetPosition(1, end);
                Write(buffer.Slice(0, next).ToArray(), output, edit, maxLineBytes);
                buffer = buffer.Slice(next);
                scanned = 0;
            }

            if (result.IsCompleted || buffer.Length > maxLineBytes + 2L)
            {
                if (!buffer.IsEmpty) Write(buffer.ToArray(), output, edit, maxLineBytes);
                return;
            }

            scanned = buffer.Length;
            input.AdvanceTo(buffer.Start, buffer.End);
            await output.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Edits lines as text.</summary>
    public static Edit OfText(Func<string, string?> edit, Encoding encoding) => line =>
    {
        var text = encoding.GetString(line.Span);
        var edited = edit(text);
        if (edited is null) return null;
        return edited == text ? line : encoding.GetBytes(edited);
    };

    /// <summary>Edits lines as JSON documents in UTF-8; empty lines and the JSON null pass.</summary>
    public static Edit OfJson(Func<JsonNode, JsonNode?> edit) => line =>
    {
        if (line.Span.Trim(" \t"u8).IsEmpty) return line;
        if (JsonNode.Parse(line.Span) is not { } node) return line;
        var before = node.ToJsonString();
        var edited = edit(node);
        if (edited is null) return null;
        var after = edited.ToJsonString();
        return before == after ? line : Encoding.UTF8.GetBytes(after);
    };

    private static void Write(ReadOnlyMemory<byte> whole, PipeWriter output, Edit edit, int maxLineBytes)
    {
        var breakLength = whole.Span.EndsWith("\r\n"u8) ? 2 : whole.Span.EndsWith("\n"u8) ? 1 : 0;
        var line = whole[..^breakLength];
        if (line.Length > maxLineBytes) throw new InvalidDataException($"A line is longer than {maxLineBytes} bytes.");
        if (edit(line) is not { } edited) return;
        output.Write(edited.Span);
        output.Write(whole.Span[^breakLength..]);
    }
}
