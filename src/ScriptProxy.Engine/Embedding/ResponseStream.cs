using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>A body on its way out, to be read by whoever called the HttpClient.</summary>
/// <param name="body">What goes out.</param>
/// <param name="endAsync">Called once: at the end with null, or with why it did not get there.</param>
internal sealed class ResponseStream(OutgoingBody body, Func<FlowError?, ValueTask> endAsync) : ForwardStream
{
    private ReadOnlyMemory<byte> _rest = body.Bytes;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (_rest.IsEmpty) await FillAsync(cancellationToken);

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    // Whoever reads synchronously has chosen to wait.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

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
