using static ScriptProxy.Engine.Tests.Wire.WireCase;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Responses that reach the client byte for byte.</summary>
internal static class ResponseCases
{
    private const string Empty = "Content-Length: 0\r\n\r\n";

    public static readonly IReadOnlyList<WireCase> Heads =
    [
        ResponseKept("duplicates, case, order, reason", "HTTP/1.1 200 Fine Thanks\r\nsEt-cookie: a=1\r\nX-b: 2\r\nserver: foo\r\nset-cookie: b=2\r\nCONTENT-LENGTH: 2\r\nVary: A\r\nVary: B\r\n\r\nok"),
        ResponseKept("an empty reason and an unknown status", "HTTP/1.1 299 \r\n" + Empty),
        ResponseKept("no space after the status", "HTTP/1.1 200\r\n" + Empty),
        ResponseKept("a status above 599", "HTTP/1.1 999 Odd\r\n" + Empty),
        ResponseKept("a reason with bytes above 0x7F", "HTTP/1.1 200 caf\u00E9  \t ok\r\n" + Empty),
        ResponseKept("no Date and no Server", "HTTP/1.1 200 OK\r\n" + Empty),
        ResponseKept("bytes above 0x7F", "HTTP/1.1 200 OK\r\nX-Utf: caf\u00C3\u00A9\r\nX-Lat: \u00E9\u00FF\r\n" + Empty),
        ResponseKept("odd values", "HTTP/1.1 200 OK\r\nDate: junk\r\nExpires: 0\r\nContent-Type: ;;bad\r\nETag: W/\"x\r\nLast-Modified: -1\r\nX-Empty:\r\nAge: -1\r\n" +
            "Location: /rel ative\r\nAlt-Svc: h3=\":443\"\r\n" + Empty),
        ResponseKept("spacing of values", "HTTP/1.1 200 OK\r\nX-Ws:   pad  \r\nX-Tight:1\r\nX-Tab:\ta\tb\t\r\n" + Empty),
        ResponseKept("a head of 100 000 bytes", $"HTTP/1.1 200 OK\r\nSet-Cookie: {new string('c', 50_000)}\r\nSet-Cookie: {new string('d', 50_000)}\r\n{Empty}"),
        ResponseKept("300 fields", $"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Range(0, 300).Select(i => $"Set-Cookie: c{i}={i}\r\n"))}{Empty}"),
        ResponseKept("authentication challenges", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n" + Empty),
        ResponseKept("a redirect", "HTTP/1.1 302 Found\r\nLocation: http://ORIGIN/../a%2F?b#c\r\n" + Empty),
        ResponseKept("a 502 of the origin's own", "HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 else\r\nContent-Length: 3\r\n\r\nbad"),
    ];

    public static readonly IReadOnlyList<WireCase> Bodies =
    [
        ResponseKept("HEAD with Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", "HEAD"),
        ResponseKept("HEAD with chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD"),
        ResponseKept("HEAD without framing", "HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n", "HEAD"),
        ResponseKept("304 with Content-Length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: \"x\"\r\n\r\n"),
        ResponseKept("304 with chunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ResponseKept("304 without framing", "HTTP/1.1 304 Not Modified\r\n\r\n"),
        ResponseKept("204", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
        ResponseKept("205 with a body", "HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\nok"),
        ResponseKept("until close", "HTTP/1.1 200 OK\r\n\r\nhello until close", closed: true),
        ResponseKept("until close, nothing", "HTTP/1.1 200 OK\r\n\r\n", closed: true),
        ResponseKept("until close, 300 000 bytes", $"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n{new string('u', 300_000)}", closed: true),
        ResponseKept("gzip until close", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nnot really", closed: true),
        ResponseKept("HTTP/1.0 until close", "HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\nold", closed: true),
        ResponseKept("HTTP/1.0 with Content-Length", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold") with { End = ClientEnd.Closed },
        ResponseKept("chunks, extensions, trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;e=1\r\nhello\r\n0\r\nX-T: v\r\n\r\n"),
        ResponseKept("chunk sizes as written", "HTTP/1.1 200 OK\r\ntransfer-ENCODING: CHUNKED\r\n\r\n00A\r\n0123456789\r\n0000\r\n\r\n"),
        ResponseKept("one byte a chunk", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Repeat("1\r\nx\r\n", 300))}0\r\n\r\n"),
        ResponseKept("gzip, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n"),
        ResponseKept("a coded body", "HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip\r\nContent-Length: 4\r\n\r\n\u001F\u008B\u0008!"),
        ResponseKept("all 256 bytes", $"HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n{string.Concat(Enumerable.Range(0, 256).Select(value => (char)value))}"),
        ResponseKept("a body of 300 000 bytes", $"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{new string('b', 300_000)}"),
        ResponseKept("one chunk of 300 000 bytes", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n{new string('b', 300_000)}\r\n0\r\n\r\n"),
        ResponseKept("a body to DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "DELETE"),
        ResponseKept("a body of a 404", "HTTP/1.1 404 Nope\r\nContent-Length: 4\r\n\r\nnope"),
    ];
}
