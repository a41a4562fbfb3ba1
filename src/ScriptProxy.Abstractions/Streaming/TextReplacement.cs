using System.Buffers;
using System.IO.Pipelines;

namespace ScriptProxy.Streaming;

/// <summary>Replaces a text wherever it occurs, also across the pieces a body comes in. Holds back only what may be its beginning.</summary>
internal static class TextReplacement
{
    public static async Task RunAsync(PipeReader input, PipeWriter output, byte[] search, byte[] replacement, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var piece = buffer.IsSingleSegment ? buffer.First : buffer.ToArray();
            var consumed = Replace(piece.Span, output, search, replacement, result.IsCompleted);
            input.AdvanceTo(buffer.GetPosition(consumed), buffer.End);
            await output.FlushAsync(cancellationToken);
            if (result.IsCompleted) return;
        }
    }

    /// <returns>How many bytes were dealt with.</returns>
    private static int Replace(ReadOnlySpan<byte> piece, PipeWriter output, byte[] search, byte[] replacement, bool isLast)
    {
        var position = 0;
        while (piece[position..].IndexOf(search) is var index and >= 0)
        {
            output.Write(piece.Slice(position, index));
            output.Write(replacement);
            position += index + search.Length;
        }

        var rest = piece[position..];
        var held = isLast ? 0 : Math.Min(search.Length - 1, rest.Length);
        while (held > 0 && !rest.EndsWith(search.AsSpan(0, held))) held--;
        output.Write(rest[..^held]);
        return piece.Length - held;
    }
}
