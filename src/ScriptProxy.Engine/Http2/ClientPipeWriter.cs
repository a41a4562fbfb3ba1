using System.IO.Pipelines;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Writes to a client as Kestrel expects it of a transport: a client that left ends the connection and is no exception, which Kestrel would
/// log as an error of its own.
/// </summary>
/// <param name="stream">The client's connection.</param>
internal sealed class ClientPipeWriter(Stream stream) : PipeWriter, IDisposable
{
    private readonly PipeWriter _inner = Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    private readonly SemaphoreSlim _writing = new(1, 1);

    public override bool CanGetUnflushedBytes => _inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => _inner.UnflushedBytes;

    public override void Advance(int bytes) => _inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        try
        {
            _inner.Complete(exception);
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
            await _inner.CompleteAsync(exception);
        }
        catch (Exception left) when (IsLeft(left))
        {
            // What was not flushed has nobody to read it.
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>Sends whole frames between two writes of Kestrel's, which are whole frames too.</summary>
    /// <exception cref="IOException">The client left.</exception>
    public async ValueTask SendBetweenAsync(ReadOnlyMemory<byte> frames)
    {
        await _writing.WaitAsync();
        try
        {
            await stream.WriteAsync(frames);
        }
        finally
        {
            _writing.Release();
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!_writing.Wait(TimeSpan.Zero, CancellationToken.None)) await _writing.WaitAsync(CancellationToken.None);
        try
        {
            return await _inner.FlushAsync(cancellationToken);
        }
        catch (Exception left) when (IsLeft(left))
        {
            return new FlushResult(isCanceled: false, isCompleted: true);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static bool IsLeft(Exception exception) => exception is IOException or ObjectDisposedException;
}
