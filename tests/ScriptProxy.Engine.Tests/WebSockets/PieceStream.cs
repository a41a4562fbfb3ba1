namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>Bytes that arrive in pieces of given lengths, the rest in one, then the end.</summary>
internal sealed class PieceStream(byte[] bytes, params int[] lengths) : MemoryStream(bytes, writable: false)
{
    private int _piece;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var most = _piece < lengths.Length ? lengths[_piece++] : int.MaxValue;
        return base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
