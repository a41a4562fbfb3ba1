using System.Buffers;
using System.IO.Pipelines;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Writes to a client as Kestrel expects it of a transport: what it flushes is gathered while other work is waiting, and goes out in as few writes
/// as that allows, as many responses are ready at once where many requests were made at once; a client that left ends the connection and is no
/// exception, which Kestrel would log as an error of its own.
/// </summary>
internal sealed class ClientPipeWriter : PipeWriter, IDisposable
{
    /// <summary>Longer than a TLS record, so that what was gathered is mostly one piece.</summary>
    private const int SegmentBytes = 16 * 1024;

    private const int EnoughBytes = 64 * 1024;

    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.ThreadPool,
        pauseWriterThreshold: EnoughBytes,
        resumeWriterThreshold: EnoughBytes / 2,
        minimumSegmentSize: SegmentBytes,
        useSynchronizationContext: false));

    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <param name="stream">The client's connection.</param>
    public ClientPipeWriter(Stream stream)
    {
        _stream = stream;
        Sent = SendAsync();
    }

    /// <summary>Completes when all is sent that was written before the completion, or cannot be; never fails.</summary>
    public Task Sent { get; }

    public override bool CanGetUnflushedBytes => _pipe.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => _pipe.Writer.UnflushedBytes;

    public override void Advance(int bytes) => _pipe.Writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _pipe.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _pipe.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => _pipe.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _pipe.Writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _pipe.Writer.CompleteAsync(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _pipe.Writer.FlushAsync(cancellationToken);

    public void Dispose() => _writing.Dispose();

    /// <summary>Sends whole frames between two writes of Kestrel's, which are whole frames too.</summary>
    /// <exception cref="IOException">The client left.</exception>
    public async ValueTask SendBetweenAsync(ReadOnlyMemory<byte> frames)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(frames);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task SendAsync()
    {
        var reader = _pipe.Reader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync();
                if (!read.Buffer.IsEmpty) await SendAsync(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception left) when (left is IOException or ObjectDisposedException)
        {
            // What was not sent has nobody to read it; Kestrel is told so by its next flush.
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> frames)
    {
        if (!_writing.Wait(TimeSpan.Zero, CancellationToken.None)) await _writing.WaitAsync(CancellationToken.None);
        try
        {
            foreach (var piece in frames) await _stream.WriteAsync(piece);
        }
        finally
        {
            _writing.Release();
        }
    }
}
