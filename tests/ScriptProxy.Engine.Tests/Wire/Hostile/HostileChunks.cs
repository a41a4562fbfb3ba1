namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>Chunked bodies (RFC 9112 §7.1) whose framing two readers could see differently; they are sent both ways.</summary>
internal static class HostileChunks
{
    private const string NoHex = "a chunk size that is not hexadecimal";
    private const string NoSize = "a chunk without size";
    private const string BareLf = "a bare line feed or NUL in the chunk framing";
    private const string BareCr = "a carriage return without line feed in the chunk framing";
    private const string Longer = "chunk data longer than its size";

    public static readonly IReadOnlyList<BadChunks> Sizes =
    [
        new("size with plus", "+5\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size with minus", "-5\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size with 0x", "0x5\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size in quotes", "\"5\"\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size with a space in front", " 5\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size with a tab in front", "\t5\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size with a space after", "5 \r\nhello\r\n0\r\n\r\n", "white space after a chunk size"),
        new("size with spaces and a tab after", "5 \t \r\nhello\r\n0\r\n\r\n", "white space after a chunk size"),
        new("size with a space in it", "1 0\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with an underscore", "1_0\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with letters", "5g\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with a comma", "5,\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with a fraction", "5.0\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with h", "5h\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with NBSP", "5\u00A0\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with vertical tab", "5\v\r\nhello\r\n0\r\n\r\n", NoHex),
        new("size with NUL", "5\0\r\nhello\r\n0\r\n\r\n", BareLf),
        new("size in other digits", "\u00B2\r\nhello\r\n0\r\n\r\n", NoSize),
        new("empty size", "\r\nhello\r\n0\r\n\r\n", NoSize),
        new("extension without size", ";a=b\r\nhello\r\n0\r\n\r\n", NoSize),
        new("size of 64 bits and a little", "10000000000000005\r\nhello\r\n0\r\n\r\n", "a chunk size that is too large"),
        new("size of 64 bits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "a chunk size that is too large"),
        new("size that is negative in 64 bits", "8000000000000005\r\nhello\r\n0\r\n\r\n", "a chunk size that is too large"),
        new("size of many zeros", "0000000000000005\r\nhello\r\n0\r\n\r\n", "a chunk size that is too large"),
        new("a thousand digits", new string('f', 1000) + "\r\nhello\r\n0\r\n\r\n", "a chunk size that is too large"),
        new("last chunk with plus", "5\r\nhello\r\n+0\r\n\r\n", NoSize),
        new("last chunk with minus", "5\r\nhello\r\n-0\r\n\r\n", NoSize),
    ];

    public static readonly IReadOnlyList<BadChunks> Lines =
    [
        new("size ends with LF", "5\nhello\r\n0\r\n\r\n", BareLf),
        new("size ends with CR", "5\rhello\r\n0\r\n\r\n", BareCr),
        new("size ends with two CR", "5\r\r\nhello\r\n0\r\n\r\n", BareCr),
        new("LF in an extension", "5;a\nhello\r\n0\r\n\r\n", BareLf),
        new("LF that ends an extension early", "2;\nxx\r\n4c\r\n0\r\n\r\n", BareLf),
        new("CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", BareCr),
        new("NUL in an extension", "5;a\0b\r\nhello\r\n0\r\n\r\n", BareLf),
        new("LF in a quoted extension", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", BareLf),
        new("extension without semicolon", "5 a=b\r\nhello\r\n0\r\n\r\n", NoHex),
        new("data longer than its size", "5\r\nhelloo\r\n0\r\n\r\n", Longer),
        new("data shorter than its size", "5\r\nhell\r\n0\r\n\r\n", Longer),
        new("data ends with LF", "5\r\nhello\n0\r\n\r\n", Longer),
        new("data ends with CR", "5\r\nhello\r0\r\n\r\n", "chunk data not followed by CRLF"),
        new("data ends with CR and more", "5\r\nhello\rx\n0\r\n\r\n", "chunk data not followed by CRLF"),
        new("data ends with LF CR", "5\r\nhello\n\r0\r\n\r\n", Longer),
        new("data without end", "5\r\nhello0\r\n\r\n", Longer),
        new("two bytes between chunks", "5\r\nhelloXX0\r\n\r\n", Longer),
        new("last chunk ends with LF", "0\n\r\n", BareLf),
        new("last chunk ends with LF twice", "0\n\n", BareLf),
        new("last chunk ends with CR", "0\r\r\n", BareCr),
        new("end with LF", "0\r\n\n", BareLf),
        new("end with CR", "0\r\n\rX", BareCr),
        new("a size line of 5 000 bytes", $"5;{new string('a', 5_000)}\r\nhello\r\n0\r\n\r\n", "a chunk line that is too long"),
        new("extensions of 80 000 bytes", $"{string.Concat(Enumerable.Repeat($"1;{new string('a', 800)}\r\nx\r\n", 100))}0\r\n\r\n", "too many chunk extensions"),
    ];

    public static readonly IReadOnlyList<BadChunks> Trailers =
    [
        new("trailer without colon", "0\r\nX-A\r\n\r\n", "a malformed trailer"),
        new("trailer without name", "0\r\n: a\r\n\r\n", "a malformed trailer"),
        new("trailer with a space before its colon", "0\r\nX-A : a\r\n\r\n", "a malformed trailer"),
        new("trailer with a bad name", "0\r\nX(A): a\r\n\r\n", "a malformed trailer"),
        new("folded trailer", "0\r\nX-A: a\r\n b\r\n\r\n", "a malformed trailer"),
        new("trailer with LF", "0\r\nX-A: a\nX-B: b\r\n\r\n", BareLf),
        new("trailer with CR", "0\r\nX-A: a\rX-B: b\r\n\r\n", BareCr),
        new("trailer with NUL", "0\r\nX-A: a\0\r\n\r\n", BareLf),
        new("trailer ends with LF", "0\r\nX-A: a\n\r\n", BareLf),
        new("a length among the trailers", "0\r\nContent-Length: 44\r\n\r\n", "a framing field among the trailers"),
        new("a coding among the trailers", "0\r\ntransfer-encoding: chunked\r\n\r\n", "a framing field among the trailers"),
        new("a Host among the trailers", "0\r\nHost: other.example\r\n\r\n", "a framing field among the trailers"),
        new("a request line among the trailers", "0\r\n" + HostileRequest.Smuggled, "a malformed trailer"),
        new("a trailer of 20 000 bytes", $"0\r\nX-A: {new string('a', 20_000)}\r\n\r\n", "a chunk line that is too long"),
        new("trailers of 20 000 bytes", $"0\r\n{string.Concat(Enumerable.Repeat("X-A: aaaaaaaaaaaaaa\r\n", 1_000))}\r\n", "trailers that are too long"),
    ];
}

/// <summary>A chunked body that is none.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Bytes">What follows the head.</param>
/// <param name="Problem">What the answer says.</param>
internal sealed record BadChunks(string Name, string Bytes, string Problem);
