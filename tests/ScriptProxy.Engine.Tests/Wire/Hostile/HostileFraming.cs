using static ScriptProxy.Engine.Tests.Wire.Hostile.HostileRequest;

namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>Requests whose end two readers could see at different places (RFC 9112 §6, §11.2).</summary>
internal static class HostileFraming
{
    private const string Chunk = "0\r\n\r\n" + Smuggled;
    private const string Both = "both Content-Length and Transfer-Encoding";
    private const string NoNumber = "a Content-Length that is not a number";
    private const string Unknown = "a Transfer-Encoding that is not known";

    public static readonly IReadOnlyList<HostileRequest> Lengths =
    [
        Fields("length and chunked", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400, Both, Chunk),
        Fields("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", 400, Both, Chunk),
        Fields("length 0 and chunked", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400, Both, Chunk),
        Fields("chunked and lengths around it", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n", 400, Both, Chunk),
        Fields("length and an unknown coding", "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n", 400, Both, Chunk),
        Fields("length and an empty coding", "Content-Length: 4\r\nTransfer-Encoding:\r\n", 400, Both, Chunk),
        Fields("length, and chunked in capitals", "Content-Length: 4\r\nTRANSFER-ENCODING: CHUNKED\r\n", 400, Both, Chunk),
        Fields("lengths that differ", "Content-Length: 0\r\nContent-Length: 44\r\n", 400, "two Content-Lengths that differ"),
        Fields("lengths that differ, apart", "Content-Length: 44\r\nX-A: 1\r\ncontent-length: 0\r\n", 400, "two Content-Lengths that differ"),
        Fields("a good length and a bad one", "Content-Length: 0\r\nContent-Length: x\r\n", 400, NoNumber),
        Fields("length list", "Content-Length: 0, 0\r\n", 400, NoNumber),
        Fields("length list that differs", "Content-Length: 0, 44\r\n", 400, NoNumber),
        Fields("length with plus", "Content-Length: +0\r\n", 400, NoNumber),
        Fields("length with minus", "Content-Length: -0\r\n", 400, NoNumber),
        Fields("negative length", "Content-Length: -1\r\n", 400, NoNumber),
        Fields("hexadecimal length", "Content-Length: 0x0\r\n", 400, NoNumber),
        Fields("length with a fraction", "Content-Length: 0.0\r\n", 400, NoNumber),
        Fields("length with an exponent", "Content-Length: 0e1\r\n", 400, NoNumber),
        Fields("length with a space in it", "Content-Length: 0 0\r\n", 400, NoNumber),
        Fields("length with a comma", "Content-Length: 0,\r\n", 400, NoNumber),
        Fields("length with a semicolon", "Content-Length: 0;a\r\n", 400, NoNumber),
        Fields("length in quotes", "Content-Length: \"0\"\r\n", 400, NoNumber),
        Fields("length with letters", "Content-Length: 0abc\r\n", 400, NoNumber),
        Fields("empty length", "Content-Length:\r\n", 400, NoNumber),
        Fields("blank length", "Content-Length: \t \r\n", 400, NoNumber),
        Fields("length beyond 64 bits", "Content-Length: 18446744073709551616\r\n", 400, NoNumber),
        Fields("length beyond 63 bits", "Content-Length: 9223372036854775808\r\n", 400, NoNumber),
        Fields("length of many zeros", "Content-Length: 0000000000000000000\r\n", 400, NoNumber),
        Fields("length with vertical tab", "Content-Length: \v0\r\n", 400, NoNumber),
        Fields("length with form feed after", "Content-Length: 0\f\r\n", 400, NoNumber),
        Fields("length with NBSP", "Content-Length: \u00A00\r\n", 400, NoNumber),
        Fields("length in other digits", "Content-Length: \u00B2\r\n", 400, NoNumber),
        Fields("length with DEL", "Content-Length: 0\u007F\r\n", 400, NoNumber),
        Fields("length with an underscore", "Content-Length: 1_0\r\n", 400, NoNumber),
    ];

    public static readonly IReadOnlyList<HostileRequest> Codings =
    [
        Fields("xchunked", "Transfer-Encoding: xchunked\r\n", 501, Unknown, Chunk),
        Fields("chunkedx", "Transfer-Encoding: chunkedx\r\n", 501, Unknown, Chunk),
        Fields("chunk", "Transfer-Encoding: chunk\r\n", 501, Unknown, Chunk),
        Fields("chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n", 501, Unknown, Chunk),
        Fields("chunked with vertical tab", "Transfer-Encoding: \vchunked\r\n", 501, Unknown, Chunk),
        Fields("chunked with form feed", "Transfer-Encoding: \fchunked\r\n", 501, Unknown, Chunk),
        Fields("chunked with vertical tab after", "Transfer-Encoding: chunked\v\r\n", 501, Unknown, Chunk),
        Fields("chunked with control characters", "Transfer-Encoding: \u0001chunked\r\n", 501, Unknown, Chunk),
        Fields("chunked with NBSP", "Transfer-Encoding: \u00A0chunked\r\n", 501, Unknown, Chunk),
        Fields("chunked with DEL", "Transfer-Encoding: chunked\u007F\r\n", 501, Unknown, Chunk),
        Fields("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", 501, Unknown, Chunk),
        Fields("chunked with a letter that is not k", "Transfer-Encoding: chun\u00B5ed\r\n", 501, Unknown, Chunk),
        Fields("identity", "Transfer-Encoding: identity\r\n", 501, Unknown, Chunk),
        Fields("identity, chunked", "Transfer-Encoding: identity, chunked\r\n", 501, Unknown, Chunk),
        Fields("unknown, chunked", "Transfer-Encoding: cow, chunked\r\n", 501, Unknown, Chunk),
        Fields("unknown and chunked on two lines", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", 501, Unknown, Chunk),
        Fields("words instead of a list", "Transfer-Encoding: gzip chunked\r\n", 501, Unknown, Chunk),
        Fields("semicolons instead of commas", "Transfer-Encoding: gzip; chunked\r\n", 501, Unknown, Chunk),
        Fields("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", 400, "a transfer coding after chunked", Chunk),
        Fields("chunked on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, "a transfer coding after chunked", Chunk),
        Fields("chunked, identity", "Transfer-Encoding: chunked, identity\r\n", 400, "a transfer coding after chunked", Chunk),
        Fields("chunked and unknown on two lines", "Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n", 400, "a transfer coding after chunked", Chunk),
        Fields("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", 400, "a transfer coding after chunked", Chunk),
        Fields("gzip only", "Transfer-Encoding: gzip\r\n", 400, "a Transfer-Encoding that does not end with chunked", Chunk),
        Fields("an empty coding", "Transfer-Encoding:\r\n", 400, "an empty Transfer-Encoding", Chunk),
        Fields("an empty coding and chunked", "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", 400, "an empty Transfer-Encoding", Chunk),
        Fields("a comma before chunked", "Transfer-Encoding: ,chunked\r\n", 400, "an empty Transfer-Encoding", Chunk),
        Fields("a comma after chunked", "Transfer-Encoding: chunked,\r\n", 400, null, Chunk),
        Fields("a space before the colon of chunked", "Transfer-Encoding : chunked\r\n", 400, "white space before the colon of a header", Chunk),
        Fields("a tab before the colon of chunked", "Transfer-Encoding\t: chunked\r\n", 400, "white space before the colon of a header", Chunk),
        Fields("a space before the colon of a length", "Content-Length : 44\r\n", 400, "white space before the colon of a header"),
        Fields("a folded chunked", "Transfer-Encoding:\r\n chunked\r\n", 400, "a folded header line", Chunk),
        Fields("a folded length", "Content-Length:\r\n 44\r\n", 400, "a folded header line"),
        Fields("a length folded on", "Content-Length: 4\r\n 4\r\n", 400, "a folded header line"),
        Fields("chunked hidden by a bare CR", "X-A: 1\rTransfer-Encoding: chunked\r\n", 400, "a carriage return without line feed", Chunk),
        Fields("chunked hidden by a bare LF", "X-A: 1\nTransfer-Encoding: chunked\r\n", 400, "a line feed without carriage return", Chunk),
        Fields("chunked hidden by NUL", "X-A: 1\0\r\nTransfer-Encoding: chunked\r\n", 400, "a NUL byte", Chunk),
        Fields("a name with a control character", "Transfer-Encoding\v: chunked\r\n", 400, null, Chunk),
        Fields("a name with a space in front", " Transfer-Encoding: chunked\r\n", 400, null, Chunk),
        Fields("a name with NBSP", "Transfer-Encoding\u00A0: chunked\r\n", 400, null, Chunk),
        new("chunked in HTTP/1.0", "POST http://ORIGIN/ HTTP/1.0\r\nHost: ORIGIN\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk, 400, "Transfer-Encoding in HTTP/1.0"),
        new("chunked in HTTP/1.0 that keeps alive", "POST http://ORIGIN/ HTTP/1.0\r\nHost: ORIGIN\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk, 400, "Transfer-Encoding in HTTP/1.0"),
        new("GET with length and chunked", "GET http://ORIGIN/ HTTP/1.1\r\nHost: ORIGIN\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk, 400, Both),
    ];
}
