using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Testing;

/// <summary>A body that arrives in the pieces it was built of.</summary>
internal sealed class BuiltBody(IReadOnlyList<byte[]> pieces, Framing framing, IReadOnlyList<KeyValuePair<string, string>> trailers, bool breaksOff, Func<FlowException> brokenOff) : BodyReader
{
    private int _next;

    public override Framing Framing => framing;

    public override HeaderBlock? Trailers => IsCompleted && trailers.Count > 0 ? TrailerBlock() : null;

    public override ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (IsCompleted) return default;
        IsStarted = true;
        if (_next < pieces.Count)
        {
            var piece = pieces[_next++];
            BytesRead += piece.Length;
            return new(piece);
        }

        // As a connection would: a body shorter than announced is a body cut off.
        if (breaksOff || (framing.Kind == FramingKind.Length && BytesRead < framing.Length)) throw brokenOff();
        IsCompleted = true;
        return default;
    }

    private HeaderBlock TrailerBlock()
    {
        var block = new HeaderBlock();
        foreach (var (name, value) in trailers) block.AppendLine(name, value);
        return block;
    }
}
