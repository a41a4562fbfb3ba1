using System.Text;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>Writes heads and trailers of requests as HTTP/2 has them (RFC 9113 §8.2, §8.3): what belongs to one HTTP/1.1 connection stays behind.</summary>
internal static class Http2RequestWriter
{
    private const int Authority = 1;
    private const int MethodGet = 2;
    private const int MethodPost = 3;
    private const int Path = 4;
    private const int SchemeHttp = 6;
    private const int SchemeHttps = 7;

    /// <param name="output">Frames are appended here.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="request">The request.</param>
    /// <param name="endStream">Whether there is no body.</param>
    /// <param name="noTable">Whether the origin has to be told that we keep no table.</param>
    public static void Write(WireBuffer output, int streamId, FlowRequest request, bool endStream, bool noTable)
    {
        using var block = new WireBuffer();
        if (noTable) HpackWriter.WriteNoTable(block);
        var method = request.MethodBytes;
        if (method.SequenceEqual("GET"u8)) HpackWriter.WriteIndexed(block, MethodGet);
        else if (method.SequenceEqual("POST"u8)) HpackWriter.WriteIndexed(block, MethodPost);
        else HpackWriter.WriteValue(block, MethodGet, method);
        HpackWriter.WriteIndexed(block, request.Destination.IsTls ? SchemeHttps : SchemeHttp);
        var host = request.Head.Find(KnownHeader.Host);
        HpackWriter.WriteValue(block, Authority, host >= 0 ? request.Head.ValueBytes(host) : Encoding.ASCII.GetBytes(request.Destination.Authority));
        HpackWriter.WriteValue(block, Path, request.TargetBytes);
        FieldBlockWriter.WriteFields(block, request.Head);
        FieldBlockWriter.WriteFrames(output, block, streamId, endStream);
    }

    /// <summary>Writes the trailers of a request, which end it.</summary>
    public static void WriteTrailers(WireBuffer output, int streamId, HeaderBlock trailers)
    {
        using var block = new WireBuffer();
        FieldBlockWriter.WriteFields(block, trailers);
        FieldBlockWriter.WriteFrames(output, block, streamId, endStream: true);
    }
}
