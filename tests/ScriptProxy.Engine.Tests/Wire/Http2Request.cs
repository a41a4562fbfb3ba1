using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>
/// One HTTP/2 request as frames made by hand (RFC 9113 §4, RFC 7541 §6.2.2), since client libraries put the fields they are given in order themselves.
/// </summary>
internal static class Http2Request
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    /// <summary>Sends it as the first of a connection on which "h2" was agreed.</summary>
    /// <param name="client">Where to.</param>
    /// <param name="fields">"name: value", pseudo-header fields first.</param>
    /// <param name="body">The content, in one DATA frame; null for none.</param>
    /// <param name="trailers">Trailer fields after the content.</param>
    public static Task SendAsync(RawConnection client, string[] fields, string? body = null, params string[] trailers)
    {
        var bytes = new MemoryStream();
        bytes.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        WriteFrame(bytes, Settings, 0, stream: 0, []);
        WriteFrame(bytes, Headers, body is null ? EndHeaders | EndStream : EndHeaders, stream: 1, Encode(fields));
        if (body is not null) WriteFrame(bytes, Data, trailers.Length == 0 ? EndStream : 0, stream: 1, Encoding.Latin1.GetBytes(body));
        if (trailers.Length > 0) WriteFrame(bytes, Headers, EndHeaders | EndStream, stream: 1, Encode(trailers));
        return client.SendAsync(bytes.ToArray());
    }

    /// <summary>Reads frames until there is one that answers: HEADERS or RST_STREAM of the stream, or GOAWAY; or the connection ends.</summary>
    public static async Task ReadUntilAnsweredAsync(RawConnection client)
    {
        const int reset = 3;
        const int goAway = 7;
        try
        {
            while (true)
            {
                var head = await client.ReadExactlyAsync(9);
                await client.ReadExactlyAsync((head[0] << 16) | (head[1] << 8) | head[2]);
                if ((int)head[3] is Headers or reset or goAway) return;
            }
        }
        catch (IOException)
        {
            // An answer as well.
        }
    }

    private static void WriteFrame(MemoryStream output, byte type, int flags, int stream, byte[] payload)
    {
        output.Write([(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, (byte)flags, 0, 0, 0, (byte)stream]);
        output.Write(payload);
    }

    /// <summary>Literal fields that are not indexed, without Huffman coding.</summary>
    private static byte[] Encode(string[] fields)
    {
        var block = new MemoryStream();
        foreach (var field in fields)
        {
            var colon = field.IndexOf(':', 1);
            block.WriteByte(0);
            WriteText(block, field[..colon]);
            WriteText(block, field[(colon + 1)..].TrimStart());
        }

        return block.ToArray();
    }

    private static void WriteText(MemoryStream output, string text)
    {
        if (text.Length > 126) throw new ArgumentException("Longer texts need a length of several bytes.", nameof(text));
        output.WriteByte((byte)text.Length);
        output.Write(Encoding.Latin1.GetBytes(text));
    }
}
