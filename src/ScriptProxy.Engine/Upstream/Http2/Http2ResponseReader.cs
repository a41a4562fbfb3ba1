using System.IO.Pipelines;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>Reads the body of a response on an HTTP/2 stream; what is not read is not acknowledged, so that the origin stops sending (RFC 9113 §5.2).</summary>
internal sealed class Http2ResponseReader(Http2Stream stream, Framing framing) : BodyReader
{
    private readonly PipeReader _body = stream.Body;
    private SequencePosition? _consumed;
    private int _taken;

    public override Framing Framing => framing;

    public override HeaderBlock? Trailers => IsCompleted && stream.Trailers is { Count: > 0 } trailers ? trailers : null;

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (IsCompleted) return default;
        IsStarted = true;
        if (_consumed is { } consumed)
        {
            _body.AdvanceTo(consumed);
            _consumed = null;
            stream.Take(_taken);
        }

        var result = await _body.ReadAsync();
        foreach (var piece in result.Buffer)
        {
            if (piece.IsEmpty) continue;
            _consumed = result.Buffer.GetPosition(piece.Length);
            _taken = piece.Length;
            BytesRead += piece.Length;
            return piece;
        }

        _body.AdvanceTo(result.Buffer.End);
        IsCompleted = true;
        return default;
    }
}
