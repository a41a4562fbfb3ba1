using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>A body on its way out, to be read by whoever called the HttpClient.</summary>
/// <param name="body">What goes out.</param>
/// <param name="endAsync">Called once: at the end with null, or with why it did not get there.</param>
internal sealed class BodyStream(OutgoingBody body, Func<FlowError?, ValueTask> endAsync) : Stream
{
    private ReadOnlyMemory<byte> _rest = body.Bytes;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (_rest.IsEmpty) await FillAsync(cancellationToken);

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Whoever reads synchronously has chosen to wait.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // Observing hooks never throw, and nobody waits for them here.
        if (disposing && !_ended) _ = EndAsync(FlowErrors.ClientGone).AsTask();
        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_ended) return;
        try
        {
            if (body.Source is StreamBodyReader reader) reader.Cancellation = cancellationToken;
            if (body.Source is { } source) _rest = await source.ReadAsync();
        }
        catch (Exception exception) when (FlowErrors.From(exception) is { } error)
        {
            await EndAsync(error);
            throw new HttpIOException(HttpRequestError.ResponseEnded, exception.Message, exception);
        }

        if (_rest.IsEmpty) await EndAsync(null);
    }

    private ValueTask EndAsync(FlowError? failure)
    {
        if (_ended) return default;
        _ended = true;
        return endAsync(failure);
    }
}
