using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Streaming;

/// <summary>Reads events from a body as they come. What clients ignore, such as comments that only keep the connection alive, goes straight on.</summary>
/// <param name="input">The body.</param>
/// <param name="output">Where what is no event goes.</param>
/// <param name="maxEventBytes">A longer event is refused.</param>
internal sealed class ServerSentEvents(PipeReader input, ServerSentEventWriter output, int maxEventBytes)
{
    private long _scanned;
    private bool _isLineEmpty = true;
    private bool _isAfterReturn;
    private bool _isFirst = true;
    private bool _endedHalfway;
    private ServerSentEventSource? _previous;

    /// <summary>A transform that lets code see all events and say which ones go on.</summary>
    public static BodyTransform Transform(Func<IAsyncEnumerable<ServerSentEvent>, IAsyncEnumerable<ServerSentEvent>> transform, int maxEventBytes) =>
        async (input, output, cancellationToken) =>
        {
            using var writer = new ServerSentEventWriter(output, cancellationToken);
            var events = new ServerSentEvents(input, writer, maxEventBytes);
            await foreach (var passed in transform(events.ReadAsync(cancellationToken)).WithCancellation(cancellationToken)) await writer.WriteAsync(passed);
        };

    /// <exception cref="InvalidDataException">An event is too long.</exception>
    private async IAsyncEnumerable<ServerSentEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (true)
            {
                var length = FindEnd(buffer);
                var isComplete = length >= 0;
                if (!isComplete && (!result.IsCompleted || buffer.IsEmpty)) break;
                var block = buffer.Slice(0, isComplete ? length : buffer.Length).ToArray();
                buffer = buffer.Slice(block.Length);
                _scanned = 0;
                if (_endedHalfway && block[0] == '\n') block = await PassHalfAsync(block);
                _endedHalfway = isComplete && _isAfterReturn;
                if (block.Length == 0) continue;

                var parsed = ServerSentEventParser.Parse(block, _isFirst, isComplete);
                _isFirst = false;
                _previous = parsed?.Source;
                if (parsed is null) await output.WriteAsync(block);
                else yield return parsed;
            }

            if (result.IsCompleted) yield break;
            if (buffer.Length > maxEventBytes) throw new InvalidDataException($"An event is longer than {maxEventBytes} bytes.");
            _scanned = buffer.Length;
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>The event before was not held back for the second half of its last line break: that goes where the event went.</summary>
    private async ValueTask<byte[]> PassHalfAsync(byte[] block)
    {
        if (_previous is not { WentAsItCame: false }) await output.WriteAsync(block.AsMemory(0, 1));
        return block[1..];
    }

    /// <summary>Looks for an empty line in what was not looked at yet.</summary>
    /// <returns>The length up to its end; -1 when there is none.</returns>
    private long FindEnd(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.Advance(_scanned);
        while (reader.TryRead(out var value))
        {
            // CRLF is one line break, even where its halves come apart.
            var isSecondHalf = _isAfterReturn && value == '\n';
            _isAfterReturn = value == '\r';
            if (isSecondHalf) continue;
            if (value is not ((byte)'\r' or (byte)'\n'))
            {
                _isLineEmpty = false;
                continue;
            }

            if (!_isLineEmpty)
            {
                _isLineEmpty = true;
                continue;
            }

            if (_isAfterReturn && reader.IsNext((byte)'\n', advancePast: true)) _isAfterReturn = false;
            return reader.Consumed;
        }

        return -1;
    }
}
