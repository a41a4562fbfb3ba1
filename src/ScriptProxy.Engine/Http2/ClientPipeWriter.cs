using System.IO.Pipelines;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Writes to a client as Kestrel expects it of a transport: a client that left ends the connection and is no exception, which Kestrel would
/// log as an error of its own.
/// </summary>
internal sealed class ClientPipeWriter(PipeWriter inner) : PipeWriter
{
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        try
        {
            inner.Complete(exception);
        }
        catch (Exception left) when (IsLeft(left))
        {
            // What was not flushed has nobody to read it.
        }
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        try
        {
            await inner.CompleteAsync(exception);
        }
        catch (Exception left) when (IsLeft(left))
        {
            // What was not flushed has nobody to read it.
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var flush = inner.FlushAsync(cancellationToken);
        return flush.IsCompletedSuccessfully ? flush : AwaitAsync(flush);
    }

    private static async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            return await flush;
        }
        catch (Exception left) when (IsLeft(left))
        {
            return new FlushResult(isCanceled: false, isCompleted: true);
        }
    }

    private static bool IsLeft(Exception exception) => exception is IOException or ObjectDisposedException;
}
