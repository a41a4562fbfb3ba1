using System.Text;
using System.Threading.Channels;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>A body that comes when a test says so, a piece with each read.</summary>
internal sealed class PieceBodyReader : BodyReader
{
    private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>();

    public override Framing Framing => Framing.Chunked;

    public void Add(string piece)
    {
        if (piece.Length > 0) _pieces.Writer.TryWrite(piece);
    }

    public void End() => _pieces.Writer.Complete();

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        IsStarted = true;
        if (await _pieces.Reader.WaitToReadAsync() && _pieces.Reader.TryRead(out var piece)) return Encoding.Latin1.GetBytes(piece);
        IsCompleted = true;
        return default;
    }
}
