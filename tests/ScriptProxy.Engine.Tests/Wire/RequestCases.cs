using static ScriptProxy.Engine.Tests.Wire.WireCase;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Requests that reach the origin byte for byte.</summary>
internal static class RequestCases
{
    private const string AllBytesLength = "Content-Length: 256\r\n";

    public static readonly IReadOnlyList<WireCase> Heads =
    [
        RequestKept("order and case of names", "x-LOWER-Case: a\r\nACCEPT: */*\r\nuser-agent: q\r\nCookie: b=1; a=2\r\nZ-last: 1\r\nAccept-Encoding: gzip\r\n"),
        RequestKept("duplicates", "X-Dup: 1\r\nX-Other: z\r\nX-Dup: 2\r\nCookie: a=1\r\nCookie: b=2\r\nAccept: a/b\r\nAccept: c/d\r\n"),
        RequestKept("odd values", "User-Agent: Mozilla/5.0  (X11;  double  spaces) foo/1.0 (bar\r\nAccept: text/html ; q=0.9,*/*;q=abc\r\nIf-None-Match: bad etag\r\n" +
            "Date: junk\r\nContent-Type: ;;bad\r\nRange: bytes=oops\r\nAuthorization: weird\r\nReferer: not a uri\r\nFrom: x\r\n"),
        RequestKept("spacing of values", "X-Empty:\r\nX-Blank: \r\nX-Ws:   pad  \r\nX-Tight:1\r\nX-Tab:\ta\tb\t\r\n"),
        RequestKept("bytes above 0x7F", "X-Utf: caf\u00C3\u00A9\r\nX-Lat: \u00E9\u00FF\r\n"),
        RequestKept("control characters in a value", "X-A: a\u0001b\tc\u007F\u001B[31m\r\n"),
        RequestKept("names of every token character", "x_under: 1\r\nX!#$%&'*+-.^_`|~0: 2\r\nx.dot: 3\r\n"),
        RequestKept("fields of other proxies", "Via: 1.1 me\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nMax-Forwards: 3\r\n"),
        RequestKept("upgrade-insecure-requests", "Upgrade-Insecure-Requests: 1\r\n"),
        RequestKept("TE: trailers", "TE: trailers\r\n"),
        RequestKept("an expectation that is not 100-continue", "Expect: the-unexpected\r\n"),
        RequestKept("Host in capitals", host: "HOST: ORIGIN\r\n"),
        RequestKept("Host after other fields", "hOsT:ORIGIN\r\n", host: "X-First: 1\r\n"),
        RequestKept("a field of 60 000 bytes", $"X-Big: {new string('a', 60_000)}\r\n"),
        RequestKept("150 fields", string.Concat(Enumerable.Range(0, 150).Select(i => $"X-{i}: {i}\r\n"))),
        RequestKept("HTTP/1.0", version: "HTTP/1.0"),
        RequestKept("trace context and client hints", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nsec-ch-ua: \"A\";v=\"1\"\r\nDNT: 1\r\nPriority: u=1, i\r\n"),
    ];

    public static readonly IReadOnlyList<WireCase> Lines =
    [
        RequestKept("percent-encoding, dots, fragment", target: "/a%2Fb/../c/./%7Euser/%41//d;p=1?x=1|2&y=[z]&u=%2f%20#frag"),
        RequestKept("characters that URLs must not hold", target: "/a\"b<c>^`{}\\x?y=\"q\""),
        RequestKept("target with bytes above 0x7F", target: "/caf\u00C3\u00A9?x=\u00E9"),
        RequestKept("target of 20 000 bytes", target: $"/{new string('a', 20_000)}"),
        RequestKept("two slashes in front", target: "//a//b"),
        RequestKept("a URL in the query", target: "/?next=http://other.test/%3Fa"),
        RequestKept("an empty query", target: "/?"),
        RequestKept("method FOO", method: "FOO"),
        RequestKept("method get", method: "get"),
        RequestKept("method M-SEARCH", method: "M-SEARCH"),
        RequestKept("method TRACE", method: "TRACE"),
        RequestKept("method DELETE", method: "DELETE"),
        RequestKept("method OPTIONS with a path", method: "OPTIONS", target: "/x"),
        RequestKept("method of every token character", method: "A!#$%&'*+-.^_`|~z"),
        RequestKept("method Patch", "Content-Length: 1\r\n", "x", "Patch"),
        RequestKept("method QUERY", "Content-Length: 1\r\n", "x", "QUERY"),
        new WireCase("OPTIONS * in a tunnel")
        {
            Request = "",
            TunnelledRequest = "OPTIONS * HTTP/1.1\r\nHost: ORIGIN\r\n\r\n",
            OriginReceives = "OPTIONS * HTTP/1.1\r\nHost: ORIGIN\r\n\r\n",
        },
        new WireCase("another Host in a tunnel")
        {
            Request = "",
            TunnelledRequest = "GET / HTTP/1.1\r\nHost: other.example:81\r\n\r\n",
            OriginReceives = "GET / HTTP/1.1\r\nHost: other.example:81\r\n\r\n",
        },
        new WireCase("an odd Host in a tunnel")
        {
            Request = "",
            TunnelledRequest = "GET / HTTP/1.1\r\nHost: we_ird!host\r\n\r\n",
            OriginReceives = "GET / HTTP/1.1\r\nHost: we_ird!host\r\n\r\n",
        },
        new WireCase("HTTP/1.0 without Host in a tunnel")
        {
            Request = "",
            TunnelledRequest = "GET / HTTP/1.0\r\n\r\n",
            OriginReceives = "GET / HTTP/1.0\r\n\r\n",
            End = ClientEnd.Closed,
        },
    ];

    public static readonly IReadOnlyList<WireCase> Bodies =
    [
        RequestKept("GET with a body", "Content-Length: 5\r\n", "hello"),
        RequestKept("POST of nothing", "Content-Length: 0\r\n", method: "POST"),
        RequestKept("POST without Content-Length", method: "POST"),
        RequestKept("GET of nothing with content fields", "Content-Type: a/b\r\nContent-Length: 0\r\nAllow: X\r\nExpires: 0\r\nLast-Modified: zz\r\nContent-Language: xx\r\n"),
        RequestKept("GET with a Content-Type only", "Content-Type: a/b\r\n"),
        RequestKept("Content-Length with zeros in front", "content-length:  0005 \r\n", "hello", "POST"),
        RequestKept("all 256 bytes", AllBytesLength, AllBytes(), "PUT"),
        RequestKept("a coded body", "Content-Encoding: gzip\r\nContent-Length: 4\r\n", "\u001F\u008B\u0008!", "POST"),
        RequestKept("chunks, extensions, trailers", "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n", "5;ext=1\r\nhello\r\n3 ; a = \"b;c\"\r\nabc\r\n0;last\r\nX-T: v\r\nx-u:w \r\n\r\n", "POST"),
        RequestKept("chunk sizes as written", "TRANSFER-encoding: Chunked\r\n", "00A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n", "POST"),
        RequestKept("one byte a chunk", "Transfer-Encoding: chunked\r\n", string.Concat(Enumerable.Repeat("1\r\nx\r\n", 300)) + "0\r\n\r\n", "POST"),
        RequestKept("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", "2\r\nxx\r\n0\r\n\r\n", "POST"),
        RequestKept("codings on two lines", "Transfer-Encoding: gzip\r\nX-Between: 1\r\nTransfer-Encoding: chunked\r\n", "2\r\nxx\r\n0\r\n\r\n", "POST"),
        RequestKept("chunks that hold nothing", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "POST"),
        RequestKept("chunks that look like a request", "Transfer-Encoding: chunked\r\n", "12\r\nGET / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n", "POST"),
        RequestKept("a body of 300 000 bytes", "Content-Length: 300000\r\n", new string('b', 300_000), "POST"),
        RequestKept("one chunk of 300 000 bytes", "Transfer-Encoding: chunked\r\n", $"493e0\r\n{new string('b', 300_000)}\r\n0\r\n\r\n", "POST"),
        RequestKept("HTTP/1.0 with a body", "Content-Length: 5\r\n", "hello", "POST", version: "HTTP/1.0"),
    ];

    private static string AllBytes() => string.Concat(Enumerable.Range(0, 256).Select(value => (char)value));
}
