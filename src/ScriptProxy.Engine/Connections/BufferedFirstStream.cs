namespace ScriptProxy.Engine.Connections;

/// <summary>The stream of a connection of which some bytes were read already: those come first. Disposing it leaves the connection open.</summary>
internal sealed class BufferedFirstStream(BufferedConnection connection) : DuplexStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!connection.HasBuffered) return connection.Stream.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, connection.Buffered.Length);
        connection.Buffered[..count].CopyTo(buffer.Span);
        connection.Consume(count);
        connection.ReleaseBuffer();
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => connection.Stream.WriteAsync(buffer, cancellationToken);

    public override void Flush()
    {
        // Nothing is kept.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.Stream.FlushAsync(cancellationToken);
}
