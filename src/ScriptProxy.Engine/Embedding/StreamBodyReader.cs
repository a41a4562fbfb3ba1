using System.Buffers;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Reads a body from an <see cref="HttpContent"/>, whose stream is asked for with the first read.</summary>
/// <param name="content">The body; not disposed here.</param>
/// <param name="framing">How its end is known.</param>
/// <param name="brokenOff">What is thrown when it ends in the middle.</param>
/// <param name="trailers">The trailers once the end was reached; null when there can be none.</param>
internal sealed class StreamBodyReader(HttpContent content, Framing framing, Func<Exception, FlowException> brokenOff, Func<HeaderBlock?>? trailers = null) : BodyReader, IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private Stream? _stream;
    private byte[]? _buffer;

    public override Framing Framing => framing;

    public override HeaderBlock? Trailers => IsCompleted ? trailers?.Invoke() : null;

    /// <summary>Ends reads that are under way; set to what the current reader waits with.</summary>
    public CancellationToken Cancellation { get; set; }

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (IsCompleted) return default;
        IsStarted = true;
        try
        {
            _stream ??= await content.ReadAsStreamAsync(Cancellation);
            _buffer ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
            var count = await _stream.ReadAsync(_buffer, Cancellation);
            BytesRead += count;
            if (count > 0) return _buffer.AsMemory(0, count);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or ObjectDisposedException)
        {
            throw brokenOff(exception);
        }

        IsCompleted = true;
        Dispose();
        return default;
    }

    /// <summary>Gives the buffer back; nothing is read any more.</summary>
    public void Dispose()
    {
        IsCompleted = true;
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
    }
}
