using System.Text;

namespace ScriptProxy.Engine.Tests.Connections;

/// <summary>A connection that brings given bytes in pieces of one size, and keeps every write.</summary>
internal sealed class PieceStream(byte[] content, int piece) : MemoryStream(content)
{
    public List<string> Written { get; } = [];

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Written.Add(Encoding.ASCII.GetString(buffer.Span));
        return default;
    }
}
