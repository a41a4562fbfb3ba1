using System.Buffers.Binary;
using System.Text;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Http2.Hpack;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>One end of an HTTP/2 connection that sends and reads frames one by one, right or wrong (RFC 9113 §4, §6).</summary>
internal sealed class Http2Peer(RawConnection connection) : IAsyncDisposable
{
    public const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    public static readonly string[] Get = [":method: GET", ":scheme: https", ":authority: origin.test", ":path: /"];
    public static readonly string[] Post = [":method: POST", ":scheme: https", ":authority: origin.test", ":path: /"];

    private readonly HpackDecoder _decoder = new(4096, 64 * 1024);

    public RawConnection Connection => connection;

    /// <summary>Begins as a client does.</summary>
    public static async Task<Http2Peer> ConnectAsync(TestProxy proxy) => await BeginAsync(await proxy.TunnelTlsAsync("origin.test:443", "h2"));

    /// <summary>The same on a connection that agreed on h2.</summary>
    public static async Task<Http2Peer> BeginAsync(RawConnection connection)
    {
        var peer = new Http2Peer(connection);
        await connection.SendAsync(Preface);
        await peer.SendAsync(FrameType.Settings, 0, 0);
        return peer;
    }

    /// <summary>Begins as a server does.</summary>
    /// <param name="connection">What was accepted.</param>
    /// <param name="settings">Pairs of number and value.</param>
    public static async Task<Http2Peer> AcceptAsync(RawConnection connection, params (int Setting, int Value)[] settings)
    {
        var peer = new Http2Peer(connection);
        Assert.Equal(Preface, await connection.ReadExactlyAsync(Preface.Length));
        await peer.SendSettingsAsync(settings);
        return peer;
    }

    public Task SendSettingsAsync(params (int Setting, int Value)[] settings)
    {
        var payload = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), (ushort)settings[i].Setting);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }

        return SendAsync(FrameType.Settings, 0, 0, payload);
    }

    public async Task SendAsync(FrameType type, int flags, int stream, params byte[] payload)
    {
        using var frame = new WireBuffer();
        new FrameHeader(payload.Length, type, (byte)flags, stream).Write(frame);
        frame.Write(payload);
        await connection.SendAsync(frame.Written);
    }

    public Task SendNumberAsync(FrameType type, int stream, int number)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        return SendAsync(type, 0, stream, payload);
    }

    public Task SendHeadAsync(int stream, bool endStream, params string[] fields) =>
        SendAsync(FrameType.Headers, EndHeaders | (endStream ? EndStream : 0), stream, Encode(fields));

    public Task SendDataAsync(int stream, string text, bool endStream) =>
        SendAsync(FrameType.Data, endStream ? EndStream : 0, stream, Encoding.Latin1.GetBytes(text));

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>Literal fields that are not indexed, without Huffman coding (RFC 7541 §6.2.2).</summary>
    public static byte[] Encode(params string[] fields)
    {
        var block = new MemoryStream();
        foreach (var field in fields)
        {
            var colon = field.IndexOf(':', 1);
            block.WriteByte(0);
            WriteText(block, field[..colon]);
            WriteText(block, field[(colon + 1)..].TrimStart(' '));
        }

        return block.ToArray();
    }

    public async Task<Frame> ReadAsync()
    {
        var header = FrameHeader.Read(Encoding.Latin1.GetBytes(await connection.ReadExactlyAsync(FrameHeader.Bytes)));
        var payload = await connection.ReadExactlyAsync(header.Length);
        return new Frame(header, Encoding.Latin1.GetBytes(payload));
    }

    /// <summary>Reads on to the next frame of a type; other than of control, none may come before it.</summary>
    public async Task<Frame> ReadAsync(FrameType type)
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame.Header.Type == type) return frame;
            Assert.True(frame.Header.Type is FrameType.Settings or FrameType.WindowUpdate or FrameType.Ping, $"{frame.Header.Type} came, {type} was expected: {frame.Number}");
        }
    }

    /// <summary>The fields of the next head, one a line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var frame = await ReadAsync(FrameType.Headers);
        return Decode(frame.Payload);
    }

    /// <summary>How the other side ended what it was sent: "RST_STREAM 1", "GOAWAY 9", "HEADERS 400", "END".</summary>
    public async Task<string> ReadOutcomeAsync()
    {
        try
        {
            while (true)
            {
                var frame = await ReadAsync();
                switch (frame.Header.Type)
                {
                    case FrameType.Headers:
                        return $"HEADERS {Decode(frame.Payload).Split('\n')[0]}";
                    case FrameType.Reset:
                        return $"RST_STREAM {frame.Number}";
                    case FrameType.GoAway when BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4)) is not 0 and var code:
                        return $"GOAWAY {code}";
                }
            }
        }
        catch (IOException)
        {
            return "END";
        }
    }

    /// <summary>The fields of a block, one a line.</summary>
    public string Decode(byte[] block)
    {
        var lines = new FieldLines();
        _decoder.Decode(block, lines);
        return string.Join('\n', lines.Lines);
    }

    private static void WriteText(MemoryStream output, string text)
    {
        var length = text.Length;
        if (length < 127)
        {
            output.WriteByte((byte)length);
        }
        else
        {
            output.WriteByte(127);
            for (length -= 127; length >= 128; length >>= 7) output.WriteByte((byte)(128 | (length & 127)));
            output.WriteByte((byte)length);
        }

        output.Write(Encoding.Latin1.GetBytes(text));
    }

    internal sealed record Frame(FrameHeader Header, byte[] Payload)
    {
        public string Text => Encoding.Latin1.GetString(Payload);

        public bool EndsStream => Header.Has(FrameHeader.EndStream);

        /// <summary>The first 32 bits.</summary>
        public int Number => Payload.Length < 4 ? -1 : BinaryPrimitives.ReadInt32BigEndian(Payload);
    }
}
