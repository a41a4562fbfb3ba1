using System.Text;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Writes 1xx responses for HTTP/2 clients (RFC 9110 §15.2). Kestrel has no way to send them; a HEADERS frame that uses no table can go
/// between two of its writes, which are whole frames, without its knowing.
/// </summary>
internal static class InformationalResponse
{
    private const int StatusName = 8;

    /// <param name="output">Where to.</param>
    /// <param name="streamId">The client's stream.</param>
    /// <param name="head">The fields.</param>
    /// <param name="statusCode">100 to 199.</param>
    public static void Write(WireBuffer output, int streamId, HeaderBlock head, int statusCode)
    {
        using var block = new WireBuffer();
        Span<byte> status = stackalloc byte[3];
        Encoding.ASCII.GetBytes($"{statusCode}", status);
        HpackWriter.WriteValue(block, StatusName, status);
        FieldBlockWriter.WriteFields(block, head);
        FieldBlockWriter.WriteFrames(output, block, streamId, endStream: false);
    }
}
