namespace ScriptProxy.Engine.Connections;

/// <summary>The stream of a connection of which some bytes were read already: those come first. Disposing it leaves the connection open.</summary>
internal sealed class BufferedFirstStream(BufferedConnection connection) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!connection.HasBuffered) return connection.Stream.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, connection.Buffered.Length);
        connection.Buffered[..count].CopyTo(buffer.Span);
        connection.Consume(count);
        connection.ReleaseBuffer();
        return new(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Blocks; connections are asynchronous throughout.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => connection.Stream.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.Stream.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is kept.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.Stream.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
