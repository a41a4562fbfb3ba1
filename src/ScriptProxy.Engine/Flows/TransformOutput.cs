using System.IO.Pipelines;

namespace ScriptProxy.Engine.Flows;

/// <summary>What a transform writes to: a pipe that ends a transform whose flow has ended, and bounds what it writes without flushing.</summary>
/// <param name="inner">The pipe.</param>
/// <param name="ready">Set with the first bytes that are flushed; null when others write on.</param>
/// <param name="limitBytes">The most unflushed bytes.</param>
/// <param name="stopping">The flow's end.</param>
internal sealed class TransformOutput(PipeWriter inner, TaskCompletionSource? ready, long limitBytes, CancellationToken stopping) : PipeWriter
{
    public bool IsLast => ready is not null;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes)
    {
        inner.Advance(bytes);
        if (inner.UnflushedBytes > limitBytes) throw new BodyTooLargeException($"A transform wrote more than {limitBytes} bytes without flushing (--body-limit).");
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        stopping.ThrowIfCancellationRequested();
        var hasBytes = inner.UnflushedBytes > 0;
        var flush = inner.FlushAsync(cancellationToken);
        if (hasBytes) ready?.TrySetResult();
        return flush;
    }
}
