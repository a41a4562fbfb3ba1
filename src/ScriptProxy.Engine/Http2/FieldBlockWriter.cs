using System.Text;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Http2;

/// <summary>Writes the fields of heads and trailers as HTTP/2 has them (RFC 9113 §8.2): what belongs to one HTTP/1.1 connection stays behind.</summary>
internal static class FieldBlockWriter
{
    /// <summary>The most that a frame of ours carries; everyone takes as much (RFC 9113 §4.2).</summary>
    public const int MaxFrameBytes = 16 * 1024;

    /// <summary>Encodes the fields that go on.</summary>
    public static void WriteFields(WireBuffer block, HeaderBlock head)
    {
        for (var i = 0; i < head.Count; i++)
        {
            ref readonly var line = ref head.Lines[i];
            if (!line.IsHopByHop && MayPass(line.Known) && (line.Known != KnownHeader.Te || Ascii.EqualsIgnoreCase(head.ValueBytes(i), "trailers"u8)))
                HpackWriter.Write(block, head.NameBytes(i), head.ValueBytes(i));
        }
    }

    /// <summary>Writes the frames of an encoded block, which follow one another without anything between them (RFC 9113 §4.3).</summary>
    public static void WriteFrames(WireBuffer output, WireBuffer block, int streamId, bool endStream)
    {
        var rest = block.Written.Span;
        var type = FrameType.Headers;
        var flags = endStream ? FrameHeader.EndStream : (byte)0;
        do
        {
            var piece = rest[..Math.Min(rest.Length, MaxFrameBytes)];
            rest = rest[piece.Length..];
            if (rest.IsEmpty) flags |= FrameHeader.EndHeaders;
            new FrameHeader(piece.Length, type, flags, streamId).Write(output);
            output.Write(piece);
            (type, flags) = (FrameType.Continuation, 0);
        }
        while (!rest.IsEmpty);
    }

    private static bool MayPass(KnownHeader known) => known is not (KnownHeader.Host or KnownHeader.Connection or KnownHeader.TransferEncoding or
        KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.ProxyAuthorization or KnownHeader.Upgrade or KnownHeader.Http2Settings);
}
