using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace ScriptProxy.Streaming;

/// <summary>Gives code that works on bytes a body whose line breaks and letters are those of ASCII, whatever characters it is written in.</summary>
internal static class StreamedText
{
    private const int LongestMark = 4;

    /// <summary>A transform of text.</summary>
    /// <param name="contentType">Content-Type; null when absent.</param>
    /// <param name="transform">Gets the text without its byte order mark, and the encoding it then is in.</param>
    public static BodyTransform Transform(string? contentType, Func<PipeReader, PipeWriter, Encoding, CancellationToken, Task> transform) =>
        async (input, output, cancellationToken) =>
        {
            var encoding = await ReadMarkAsync(input, output, contentType, cancellationToken);
            if (IsLikeAscii(encoding)) await transform(input, output, encoding, cancellationToken);
            else await TranscodeAsync(input, output, encoding, transform, cancellationToken);
        };

    private static async ValueTask<Encoding> ReadMarkAsync(PipeReader input, PipeWriter output, string? contentType, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var first = result.Buffer.Slice(0, Math.Min(LongestMark, result.Buffer.Length)).ToArray();
            if (!result.IsCompleted && TextCharset.MayBecomeMark(first))
            {
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            var encoding = TextCharset.Of(first, contentType, out var markLength);
            output.Write(first.AsSpan(0, markLength));
            input.AdvanceTo(result.Buffer.GetPosition(markLength));
            return encoding;
        }
    }

    private static bool IsLikeAscii(Encoding encoding) => TextCharset.IsUtf8(encoding) || (encoding.IsSingleByte && encoding.GetBytes("\n") is [(byte)'\n']);

    private static async Task TranscodeAsync(
        PipeReader input, PipeWriter output, Encoding encoding, Func<PipeReader, PipeWriter, Encoding, CancellationToken, Task> transform, CancellationToken cancellationToken)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var reader = PipeReader.Create(Encoding.CreateTranscodingStream(input.AsStream(leaveOpen: true), encoding, utf8));
        var writer = PipeWriter.Create(Encoding.CreateTranscodingStream(output.AsStream(leaveOpen: true), encoding, utf8));
        await transform(reader, writer, utf8, cancellationToken);
        await writer.CompleteAsync();
        await reader.CompleteAsync();
    }
}
