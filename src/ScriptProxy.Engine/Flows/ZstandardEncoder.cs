using System.Runtime.InteropServices;

namespace ScriptProxy.Engine.Flows;

/// <summary>Writes a Zstandard body (RFC 8878). Disposing it writes the end and disposes the output.</summary>
internal sealed class ZstandardEncoder(Stream output) : Stream
{
    private readonly SafeHandle _encoder = Zstandard.NewEncoder();
    private readonly byte[] _coded = new byte[16 * 1024];
    private bool _hasEnded;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Encode(buffer, EncodeStep.Continue);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        EncodeAsync(buffer, EncodeStep.Continue, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        Encode([], EncodeStep.Flush);
        output.Flush();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await EncodeAsync(default, EncodeStep.Flush, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            await EncodeAsync(default, EncodeStep.End, CancellationToken.None);
            await output.DisposeAsync();
            _encoder.Dispose();
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_hasEnded)
        {
            _hasEnded = true;
            Encode([], EncodeStep.End);
            output.Dispose();
            _encoder.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Encode(ReadOnlySpan<byte> buffer, EncodeStep step)
    {
        while (true)
        {
            var (taken, given, isDone) = Zstandard.Encode(_encoder, buffer, _coded, step);
            buffer = buffer[taken..];
            output.Write(_coded.AsSpan(0, given));
            if (isDone) return;
        }
    }

    private async ValueTask EncodeAsync(ReadOnlyMemory<byte> buffer, EncodeStep step, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (taken, given, isDone) = Zstandard.Encode(_encoder, buffer.Span, _coded, step);
            buffer = buffer[taken..];
            if (given > 0) await output.WriteAsync(_coded.AsMemory(0, given), cancellationToken);
            if (isDone) return;
        }
    }
}
