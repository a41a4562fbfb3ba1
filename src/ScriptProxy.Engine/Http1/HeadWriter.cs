using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Http1;

/// <summary>Writes heads: untouched lines as the bytes they came as, in one copy per run of them; the others from their strings.</summary>
internal static class HeadWriter
{
    /// <param name="output">Where to.</param>
    /// <param name="request">The request.</param>
    /// <param name="proxy">How a proxy that is handed whole URLs wants it; null for the usual form.</param>
    public static void WriteRequest(WireBuffer output, FlowRequest request, AbsoluteForm? proxy = null)
    {
        if (proxy is not null)
        {
            WriteAbsoluteLine(output, request, proxy);
        }
        else if (request.IsLineUntouched && IsOurVersion(request.Head.StartLine[^1]))
        {
            output.Write(request.Head.StartLine);
        }
        else
        {
            output.Write(request.MethodBytes);
            output.Write(" "u8);
            output.Write(request.TargetBytes);
            output.Write(request.HttpVersion is { Major: 1, Minor: 0 } ? " HTTP/1.0"u8 : " HTTP/1.1"u8);
        }

        output.Write("\r\n"u8);
        WriteLines(output, request.Head);
        if (proxy is not null) output.Write(proxy.Lines.Span);
        output.Write("\r\n"u8);
    }

    /// <param name="output">Where to.</param>
    /// <param name="response">The response, its framing fields already true.</param>
    /// <param name="connection">The Connection field of ours; null for none.</param>
    public static void WriteResponse(WireBuffer output, FlowResponse response, string? connection)
    {
        if (response.IsLineUntouched)
        {
            WriteStatusLine(output, response.Head.StartLine);
        }
        else
        {
            output.Write(response.HttpVersion is { Major: 1, Minor: 0 } ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8);
            output.WriteNumber(response.StatusCode);
            output.Write(" "u8);
            output.WriteLatin1(response.ReasonPhrase);
        }

        output.Write("\r\n"u8);
        WriteLines(output, response.Head);
        if (connection is not null)
        {
            output.Write("Connection: "u8);
            output.WriteLatin1(connection);
            output.Write("\r\n"u8);
        }

        output.Write("\r\n"u8);
    }

    /// <summary>Writes a 1xx response as it came, its hop-by-hop fields left out.</summary>
    public static void WriteInformational(WireBuffer output, HeaderBlock head)
    {
        WriteStatusLine(output, head.StartLine);
        output.Write("\r\n"u8);
        WriteLines(output, head);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes field lines, those marked hop-by-hop left out.</summary>
    public static void WriteLines(WireBuffer output, HeaderBlock head)
    {
        var lines = head.Lines;
        for (var i = 0; i < lines.Length; i++)
        {
            ref readonly var line = ref lines[i];
            if (line.IsHopByHop) continue;
            if (line.IsOriginal)
            {
                // Neighbours on the wire are still neighbours: one copy, line breaks included.
                var last = i;
                while (last + 1 < lines.Length && Follows(lines[last], lines[last + 1])) last++;
                output.Write(head.LineBytes(line, lines[last]));
                i = last;
            }
            else
            {
                output.WriteLatin1(line.Name);
                output.Write(": "u8);
                output.WriteLatin1(line.Value);
            }

            output.Write("\r\n"u8);
        }
    }

    private static void WriteAbsoluteLine(WireBuffer output, FlowRequest request, AbsoluteForm proxy)
    {
        output.Write(request.MethodBytes);
        output.Write(" "u8);
        output.Write(proxy.Origin.Span);

        // RFC 9112 §3.2.4: a URL without path asks for the whole server.
        var target = request.TargetBytes;
        if (!target.SequenceEqual("*"u8)) output.Write(target);
        output.Write(request.HttpVersion is { Major: 1, Minor: 0 } ? " HTTP/1.0"u8 : " HTTP/1.1"u8);
    }

    // RFC 9110 §2.5, §6.2: what is sent says the version that is spoken here, whatever HTTP/1.x came.
    private static void WriteStatusLine(WireBuffer output, ReadOnlySpan<byte> line)
    {
        if (IsOurVersion(line["HTTP/1.".Length]))
        {
            output.Write(line);
            return;
        }

        output.Write("HTTP/1.1"u8);
        output.Write(line["HTTP/1.1".Length..]);
    }

    private static bool IsOurVersion(byte minor) => minor is (byte)'0' or (byte)'1';

    // Two bytes apart means CRLF; a bare LF that was tolerated is one, and is put right.
    private static bool Follows(in HeaderBlock.Line line, in HeaderBlock.Line next) =>
        next.IsOriginal && !next.IsHopByHop && next.Start == line.Start + line.Length + 2;
}
