using System.Buffers.Binary;
using System.IO.Compression;

namespace ScriptProxy.Engine.Flows;

/// <summary>Removes content codings (RFC 9110 §8.4), within bounds that keep a small body from becoming a large one, and applies them again.</summary>
internal static class ContentCoding
{
    private const int MaxLayers = 3;
    private const int MaxRatio = 200;
    private const int RatioAppliesFromBytes = 1024 * 1024;

    /// <summary>What is found behind a gzip body that is whole, when <see cref="MarkMember"/> was put behind its coded form.</summary>
    public static readonly byte[] Mark = Guid.NewGuid().ToByteArray();

    /// <summary>A gzip member of its own that holds <see cref="Mark"/>.</summary>
    public static readonly byte[] MarkMember = Compress(Mark);

    /// <param name="body">The body as received.</param>
    /// <param name="contentEncoding">The Content-Encoding field, codings in the order they were applied; null for none.</param>
    /// <param name="limitBytes">The most bytes to produce.</param>
    /// <exception cref="BodyTooLargeException">The decoded body exceeds the limit, or is out of proportion to the received one.</exception>
    /// <exception cref="InvalidDataException">The coding is unknown or the body is damaged.</exception>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> body, string? contentEncoding, long limitBytes)
    {
        if (body.Length == 0) return body;
        var codings = Names(contentEncoding);
        if (codings.Length == 0) return body;
        CheckDecodable(contentEncoding);

        var decoded = body.ToArray();
        for (var i = codings.Length - 1; i >= 0; i--) decoded = DecodeOne(decoded, codings[i], limitBytes);
        return decoded;
    }

    /// <summary>The same for a body that streams. Reading gives the same exceptions.</summary>
    public static Stream OpenDecoder(Stream body, string? contentEncoding)
    {
        var codings = Names(contentEncoding);
        for (var i = codings.Length - 1; i >= 0; i--) body = new DecodingStream(body, codings[i]);
        return body;
    }

    /// <summary>Applies codings. Only those that <see cref="CanEncode"/> allows.</summary>
    public static byte[] Encode(ReadOnlyMemory<byte> body, string contentEncoding)
    {
        var coded = new MemoryStream();
        using (var encoder = OpenEncoder(coded, contentEncoding)) encoder.Write(body.Span);
        return coded.ToArray();
    }

    /// <summary>A stream that applies codings to what is written to it; disposing it writes their end.</summary>
    public static Stream OpenEncoder(Stream output, string contentEncoding)
    {
        var codings = Names(contentEncoding);
        for (var i = codings.Length - 1; i >= 0; i--)
        {
            output = codings[i] switch
            {
                "gzip" or "x-gzip" => new GZipStream(output, CompressionLevel.Fastest),
                "deflate" => new ZLibStream(output, CompressionLevel.Fastest),
                "zstd" => new ZstandardEncoder(output),
                _ => new BrotliStream(output, CompressionLevel.Fastest),
            };
        }

        return output;
    }

    /// <summary>The codings in lower case, in the order they were applied, identity left out.</summary>
    public static string[] Names(string? contentEncoding)
    {
        if (string.IsNullOrWhiteSpace(contentEncoding)) return [];
        var codings = contentEncoding.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.Exists(codings, static name => name == "identity") ? Array.FindAll(codings, static name => name != "identity") : codings;
    }

    /// <summary>Whether the codings, none perhaps, can be applied here.</summary>
    public static bool CanEncode(string? contentEncoding) => Names(contentEncoding) is { Length: <= MaxLayers } codings && Array.TrueForAll(codings, IsKnown);

    /// <exception cref="InvalidDataException">There is a coding that cannot be removed, or too many.</exception>
    public static void CheckDecodable(string? contentEncoding)
    {
        var codings = Names(contentEncoding);
        if (codings.Length > MaxLayers) throw new InvalidDataException($"Content-Encoding names {codings.Length} codings; {MaxLayers} are allowed.");
        if (Array.Find(codings, static name => !IsKnown(name)) is not { } unknown) return;
        var remedy = unknown == "zstd" ? "; install libzstd, or take zstd out of Accept-Encoding in OnRequest" : "";
        throw new InvalidDataException($"The content coding \"{unknown}\" cannot be decoded; gzip, deflate, br and zstd can{remedy}.");
    }

    /// <exception cref="BodyTooLargeException">What was decoded is out of proportion.</exception>
    public static void CheckRatio(long decodedBytes, long codedBytes)
    {
        if (decodedBytes > RatioAppliesFromBytes && decodedBytes / MaxRatio > codedBytes)
            throw new BodyTooLargeException($"A body of {codedBytes} bytes decodes to more than {MaxRatio} times its size.");
    }

    /// <summary>Opens the decoder of one coding.</summary>
    /// <param name="coded">What it reads.</param>
    /// <param name="beginning">The first two bytes of that, or fewer where there are no more.</param>
    /// <param name="coding">A coding that is known.</param>
    public static Stream Open(Stream coded, ReadOnlySpan<byte> beginning, string coding) => coding switch
    {
        "gzip" or "x-gzip" => new GZipStream(coded, CompressionMode.Decompress),
        "br" => new BrotliStream(coded, CompressionMode.Decompress),
        "zstd" => new ZstandardDecoder(coded),

        // RFC 9110 §8.4.1.2 means zlib; many servers send raw deflate. The first byte of zlib tells them apart (RFC 1950 §2.2).
        _ => beginning.Length > 1 && (beginning[0] & 0x0F) == 8 && ((beginning[0] << 8) | beginning[1]) % 31 == 0
            ? new ZLibStream(coded, CompressionMode.Decompress)
            : new DeflateStream(coded, CompressionMode.Decompress),
    };

    private static bool IsKnown(string coding) => coding is "gzip" or "x-gzip" or "deflate" or "br" || (coding == "zstd" && Zstandard.IsAvailable);

    /// <summary>Whether the coding's decoder itself refuses a body that is cut short; it asks for more in any case, since more frames could follow.</summary>
    public static bool KnowsItsEnd(string coding) => coding == "zstd";

    private static byte[] DecodeOne(byte[] body, string coding, long limitBytes)
    {
        if (body.Length == 0) return body;
        var decoded = ReadAll(body, coding, limitBytes, out var isCutShort);
        if (coding is "gzip" or "x-gzip" ? IsCutShort(body, decoded, limitBytes) : isCutShort && !KnowsItsEnd(coding)) throw new InvalidDataException($"The body ends before its coding \"{coding}\" does.");
        return decoded;
    }

    private static byte[] ReadAll(byte[] body, string coding, long limitBytes, out bool isCutShort)
    {
        using var coded = new CodedBody(body);
        using var decoder = Open(coded, body.AsSpan(0, Math.Min(2, body.Length)), coding);
        var decoded = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (Read(decoder, piece) is var count and > 0)
        {
            decoded.Write(piece.AsSpan(0, count));
            if (decoded.Length > limitBytes) throw new BodyTooLargeException($"A body decodes to more than the {limitBytes} bytes an addon may read (--body-limit).");
            CheckRatio(decoded.Length, body.Length);
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
