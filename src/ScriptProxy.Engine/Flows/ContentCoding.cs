using System.IO.Compression;

namespace ScriptProxy.Engine.Flows;

/// <summary>Removes content codings (RFC 9110 §8.4) from a buffered body, within bounds that keep a small body from becoming a large one.</summary>
internal static class ContentCoding
{
    private const int MaxLayers = 3;
    private const int MaxRatio = 200;
    private const int RatioAppliesFromBytes = 1024 * 1024;

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
        if (coding == "identity") return body;
        using var decoder = Open(body, coding);
        var decoded = new MemoryStream();
        var piece = new byte[16 * 1024];
        int count;
        while ((count = decoder.Read(piece)) > 0)
        {
            decoded.Write(piece.AsSpan(0, count));
            if (decoded.Length > limitBytes) throw new BodyTooLargeException($"A body decodes to more than the {limitBytes} bytes an addon may read (--body-limit).");
            if (decoded.Length > RatioAppliesFromBytes && decoded.Length / MaxRatio > body.Length)
                throw new BodyTooLargeException($"A body of {body.Length} bytes decodes to more than {MaxRatio} times its size.");
        }

        return decoded.ToArray();
    }

    private static Stream Open(byte[] body, string coding) => coding switch
    {
        "gzip" or "x-gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
        "br" => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),

        // RFC 9110 §8.4.1.2 means zlib; many servers send raw deflate. The first byte of zlib tells them apart (RFC 1950 §2.2).
        "deflate" => (body[0] & 0x0F) == 8 && body.Length > 1 && ((body[0] << 8) | body[1]) % 31 == 0
            ? new ZLibStream(new MemoryStream(body), CompressionMode.Decompress)
            : new DeflateStream(new MemoryStream(body), CompressionMode.Decompress),
        _ => throw new InvalidDataException($"The content coding \"{coding}\" cannot be decoded; gzip, deflate and br can."),
    };
}
