using System.Buffers.Binary;
using System.IO.Compression;

namespace ScriptProxy.Engine.Flows;

/// <summary>Removes content codings (RFC 9110 §8.4) from a buffered body, within bounds that keep a small body from becoming a large one.</summary>
internal static class ContentCoding
{
    private const int MaxLayers = 3;
    private const int MaxRatio = 200;
    private const int RatioAppliesFromBytes = 1024 * 1024;

    private static readonly byte[] Mark = Guid.NewGuid().ToByteArray();
    private static readonly byte[] MarkMember = Compress(Mark);

    /// <param name="body">The body as received.</param>
    /// <param name="contentEncoding">The Content-Encoding field, codings in the order they were applied; null for none.</param>
    /// <param name="limitBytes">The most bytes to produce.</param>
    /// <exception cref="BodyTooLargeException">The decoded body exceeds the limit, or is out of proportion to the received one.</exception>
    /// <exception cref="InvalidDataException">The coding is unknown or the body is damaged.</exception>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> body, string? contentEncoding, long limitBytes)
    {
        if (string.IsNullOrWhiteSpace(contentEncoding) || body.Length == 0) return body;
        var codings = contentEncoding.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (codings.Length > MaxLayers) throw new InvalidDataException($"Content-Encoding names {codings.Length} codings; {MaxLayers} are allowed.");

        var decoded = body.ToArray();
        for (var i = codings.Length - 1; i >= 0; i--) decoded = DecodeOne(decoded, codings[i].ToLowerInvariant(), limitBytes);
        return decoded;
    }

    private static byte[] DecodeOne(byte[] body, string coding, long limitBytes)
    {
        if (coding == "identity" || body.Length == 0) return body;
        var decoded = ReadAll(body, coding, limitBytes, out var isCutShort);
        if (coding is "gzip" or "x-gzip" ? IsCutShort(body, decoded, limitBytes) : isCutShort) throw new InvalidDataException($"The body ends before its coding \"{coding}\" does.");
        return decoded;
    }

    private static byte[] ReadAll(byte[] body, string coding, long limitBytes, out bool isCutShort)
    {
        using var coded = new CodedBody(body);
        using var decoder = Open(coded, body, coding);
        var decoded = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (Read(decoder, piece) is var count and > 0)
        {
            decoded.Write(piece.AsSpan(0, count));
            if (decoded.Length > limitBytes) throw new BodyTooLargeException($"A body decodes to more than the {limitBytes} bytes an addon may read (--body-limit).");
            if (decoded.Length > RatioAppliesFromBytes && decoded.Length / MaxRatio > body.Length)
                throw new BodyTooLargeException($"A body of {body.Length} bytes decodes to more than {MaxRatio} times its size.");
        }

        isCutShort = coded.WasAskedForMore;
        return decoded.ToArray();
    }

    private static int Read(Stream decoder, byte[] piece)
    {
        try
        {
            return decoder.Read(piece);
        }
        catch (InvalidOperationException exception)
        {
            // What Brotli's decoder says of bytes that are not Brotli.
            throw new InvalidDataException(exception.Message, exception);
        }
    }

    /// <summary>
    /// Whether a gzip body ends in the middle: its decoder asks for more in any case, since another member could follow. A member ends with its
    /// length (RFC 1952 §2.3.1). Where that does not fit there are several, and a further one comes out whole behind them, or there is no end.
    /// </summary>
    private static bool IsCutShort(byte[] body, byte[] decoded, long limitBytes)
    {
        if (body.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(body.Length - 4)) == (uint)decoded.Length) return false;
        var marked = ReadAll([.. body, .. MarkMember], "gzip", limitBytes + Mark.Length, out _);
        return marked.Length != decoded.Length + Mark.Length || !marked.AsSpan(decoded.Length).SequenceEqual(Mark);
    }

    private static byte[] Compress(byte[] bytes)
    {
        var coded = new MemoryStream();
        using (var encoder = new GZipStream(coded, CompressionLevel.NoCompression)) encoder.Write(bytes);
        return coded.ToArray();
    }

    private static Stream Open(CodedBody coded, byte[] body, string coding) => coding switch
    {
        "gzip" or "x-gzip" => new GZipStream(coded, CompressionMode.Decompress),
        "br" => new BrotliStream(coded, CompressionMode.Decompress),

        // RFC 9110 §8.4.1.2 means zlib; many servers send raw deflate. The first byte of zlib tells them apart (RFC 1950 §2.2).
        "deflate" => (body[0] & 0x0F) == 8 && body.Length > 1 && ((body[0] << 8) | body[1]) % 31 == 0
            ? new ZLibStream(coded, CompressionMode.Decompress)
            : new DeflateStream(coded, CompressionMode.Decompress),
        _ => throw new InvalidDataException($"The content coding \"{coding}\" cannot be decoded; gzip, deflate and br can."),
    };

    /// <summary>A body as a decoder reads it: one that is asked for more than there is ends before its coding does.</summary>
    private sealed class CodedBody(byte[] body) : MemoryStream(body, writable: false)
    {
        public bool WasAskedForMore { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            WasAskedForMore |= read == 0;
            return read;
        }
    }
}
