using System.IO.Compression;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class ContentCodingTests
{
    private const long Limit = 10_000_000;
    private const string Text = "hello hello hello hello";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("gzip, zstd")]
    [InlineData("gzip, br")]
    [InlineData(" br ,, gzip, ")]
    [InlineData("gzip, deflate, br")]
    [InlineData("gzip, gzip, gzip")]
    [InlineData("identity, gzip")]
    public void Coded_Decoded(string? codings)
    {
        var coded = Encode(Heads.Bytes(Text), codings);
        Assert.Equal(Text, Decoded(coded, codings?.Replace("raw-", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("unknown")]
    public void EmptyBody_StaysEmpty(string coding) => Assert.Equal("", Decoded([], coding));

    [Fact]
    public void SeveralGzipMembers_AreOneBody() => Assert.Equal(Text + Text, Decoded([.. Encode(Heads.Bytes(Text), "gzip"), .. Encode(Heads.Bytes(Text), "gzip")], "gzip"));

    [Fact]
    public void ZstandardOfTheStandardsOwnMaking_Decoded()
    {
        // RFC 8878 §3.1: magic, a frame header of one segment with its size, one raw block.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x05, 0x29, 0x00, 0x00, .. "hello"u8];
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 0x02, 0x00, 0x00, 0x00, 0x01, 0x02];

        Assert.Equal("hello", Decoded(frame, "zstd"));
        Assert.Equal("hellohello", Decoded([.. frame, .. skippable, .. frame], "zstd"));
        Assert.Throws<InvalidDataException>(() => Decoded([.. frame, .. frame[..^1]], "zstd"));
    }

    [Fact]
    public void ZstandardWindowLargerThanAllowed_Refused()
    {
        // RFC 9659 §3: 8 MiB at most; this frame asks for 16 MiB (window descriptor 0x70).
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 0x29, 0x00, 0x00, .. "hello"u8];

        Assert.Throws<InvalidDataException>(() => Decoded(frame, "zstd"));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip;q=1")]
    [InlineData("aws-chunked")]
    [InlineData("gzip gzip")]
    public void UnknownCoding_Named(string coding)
    {
        var exception = Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(Heads.Bytes(Text), coding, Limit));
        Assert.Contains($"\"{coding}\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FourLayers_Refused() => Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(Heads.Bytes(Text), "gzip, gzip, gzip, gzip", Limit));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void NotCodedAtAll_Refused(string coding) => Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(Heads.Bytes("<html>plain</html>"), coding, Limit));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void CutShort_Refused(string coding)
    {
        var coded = Encode(Noise(10_000), coding);
        for (var cut = 1; cut < 200; cut++)
            Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(coded.AsMemory(0, coded.Length - cut), coding.Replace("raw-", "", StringComparison.Ordinal), Limit));
    }

    [Fact]
    public void SecondGzipMemberCutShort_Refused()
    {
        byte[] coded = [.. Encode(Noise(5_000), "gzip"), .. Encode(Noise(5_000), "gzip")];
        for (var cut = 1; cut < 200; cut++) Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(coded.AsMemory(0, coded.Length - cut), "gzip", Limit));
    }

    [Fact]
    public void WrongChecksum_Refused()
    {
        var coded = Encode(Noise(10_000), "gzip");
        coded[^6] ^= 1;
        Assert.Throws<InvalidDataException>(() => ContentCoding.Decode(coded, "gzip", Limit));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void Bomb_RefusedByItsProportion(string coding)
    {
        var coded = Encode(new byte[8_000_000], coding);
        Assert.True(coded.Length < 40_000);
        var exception = Assert.Throws<BodyTooLargeException>(() => ContentCoding.Decode(coded, coding, Limit));
        Assert.Contains("times its size", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BombInALayer_Refused()
    {
        var coded = Encode(Encode(new byte[8_000_000], "gzip"), "gzip");
        Assert.Throws<BodyTooLargeException>(() => ContentCoding.Decode(coded, "gzip, gzip", Limit));
    }

    [Fact]
    public void SmallBodyOutOfProportion_Taken()
    {
        // A megabyte of nothing is a small file on many servers.
        var coded = Encode(new byte[1_000_000], "br");
        Assert.Equal(1_000_000, ContentCoding.Decode(coded, "br", Limit).Length);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void LongerThanTheLimit_Refused(string coding)
    {
        var coded = Encode(Noise(100_000), coding);
        Assert.Equal(100_000, ContentCoding.Decode(coded, coding, 100_000).Length);
        var exception = Assert.Throws<BodyTooLargeException>(() => ContentCoding.Decode(coded, coding, 99_999));
        Assert.Contains("--body-limit", exception.Message, StringComparison.Ordinal);
    }

    private static string Decoded(byte[] coded, string? codings) => Heads.Text(ContentCoding.Decode(coded, codings, Limit).Span);

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Encode(byte[] body, string? codings)
    {
        foreach (var coding in (codings ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (coding == "identity") continue;
            var coded = new MemoryStream();
            using (var encoder = Open(coded, coding)) encoder.Write(body);
            body = coded.ToArray();
        }

        return body;
    }

    private static Stream Open(Stream output, string coding) => coding.ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(output, CompressionLevel.SmallestSize),
        "DEFLATE" => new ZLibStream(output, CompressionLevel.SmallestSize),
        "RAW-DEFLATE" => new DeflateStream(output, CompressionLevel.SmallestSize),
        "ZSTD" => new ZstandardEncoder(output),
        _ => new BrotliStream(output, CompressionLevel.SmallestSize),
    };
}
