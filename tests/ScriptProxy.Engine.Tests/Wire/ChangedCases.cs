using static ScriptProxy.Engine.Tests.Wire.WireCase;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>What does not pass as it came, by design: the table of docs/fidelity.md, row by row.</summary>
internal static class ChangedCases
{
    private const string Host = "Host: ORIGIN\r\n";
    private const string OkClosing = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

    public static readonly IReadOnlyList<WireCase> Requests =
    [
        Request("hop-by-hop fields and those named by Connection",
            "Connection: keep-alive, X-Custom\r\nX-Custom: 1\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade-Insecure-Requests: 1\r\n" +
            "x-custom: 2\r\nProxy-Authorization: Basic eA==\r\nVia: 1.1 me\r\n",
            "TE: trailers\r\nUpgrade-Insecure-Requests: 1\r\nVia: 1.1 me\r\n"),
        Request("TE that asks for codings", "X-A: 1\r\nTE: gzip, trailers\r\nX-B: 2\r\n", "X-A: 1\r\nX-B: 2\r\n"),
        Request("Connection may not take framing and routing away", "Connection: Host, TE, Trailer\r\nTE: trailers\r\nTrailer: X\r\n", "TE: trailers\r\nTrailer: X\r\n"),
        Request("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n", ""),
        Request("h2c among other protocols", "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\nX-A: 1\r\n", "X-A: 1\r\n"),
        Request("Upgrade that Connection does not name", "Upgrade: websocket\r\n", ""),
        Request("Upgrade that only Proxy-Connection names", "Proxy-Connection: Upgrade\r\nUpgrade: websocket\r\n", ""),
        Request("Upgrade beside other options", "Connection: X-Hop, Upgrade\r\nUpgrade: websocket\r\nX-Hop: 1\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
        Request("Upgrade on a second Connection line", "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
        Request("Connection: close", "Connection: close\r\nX-A: 1\r\n", "X-A: 1\r\n") with { ClientReceives = OkClosing, End = ClientEnd.Closed },
        Request("Proxy-Connection: close", "Proxy-Connection: close\r\n", "") with { ClientReceives = OkClosing, End = ClientEnd.Closed },
        RequestKept("HTTP/1.0 that keeps alive", "Connection: Keep-Alive\r\n", version: "HTTP/1.0") with
        {
            OriginReceives = "GET / HTTP/1.0\r\nHost: ORIGIN\r\n\r\n",
            ClientReceives = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
            End = ClientEnd.Kept,
        },
        RequestKept("equal Content-Lengths", "Content-Length: 2\r\nX-A: 1\r\nContent-Length: 2\r\n", "xx", "POST") with
        {
            OriginReceives = "POST / HTTP/1.1\r\nHost: ORIGIN\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nxx",
        },
        RequestKept("an empty line before the request") with { Request = "\r\nGET http://ORIGIN/ HTTP/1.1\r\n" + Host + "\r\n", TunnelledRequest = "\r\n\r\nGET / HTTP/1.1\r\n" + Host + "\r\n" },
        RequestKept("a version above 1.1", version: "HTTP/1.2") with { OriginReceives = "GET / HTTP/1.1\r\n" + Host + "\r\n" },
    ];

    /// <summary>What only the absolute form of a target asks for.</summary>
    public static readonly IReadOnlyList<WireCase> Targets =
    [
        Absolute("Host that differs from the URL", "GET http://ORIGIN/", "X-A: 1\r\nHost: other.example\r\nX-B: 2\r\n", "GET /", "X-A: 1\r\nHost: ORIGIN\r\nX-B: 2\r\n"),
        Absolute("Host with another port", "GET http://ORIGIN/", "Host: 127.0.0.1\r\n", "GET /", Host),
        Absolute("an odd Host", "GET http://ORIGIN/", "Host: we_ird!host\r\n", "GET /", Host),
        Absolute("an empty Host", "GET http://ORIGIN/", "Host:\r\n", "GET /", Host),
        Absolute("a URL without path", "GET http://ORIGIN", Host, "GET /", Host),
        Absolute("a URL without path but with a query", "GET http://ORIGIN?a=b", Host, "GET /?a=b", Host),
        Absolute("a URL without path but with a fragment", "GET http://ORIGIN#f", Host, "GET /#f", Host),
        Absolute("OPTIONS for a URL without path", "OPTIONS http://ORIGIN", Host, "OPTIONS *", Host),
        Absolute("a scheme in capitals", "GET HTTP://ORIGIN/a", Host, "GET /a", Host),
        new WireCase("HTTP/1.0 without Host")
        {
            Request = "GET http://ORIGIN/ HTTP/1.0\r\nX-A: 1\r\n\r\n",
            OriginReceives = "GET / HTTP/1.0\r\nX-A: 1\r\nHost: ORIGIN\r\n\r\n",
            End = ClientEnd.Closed,
        },
    ];

    public static readonly IReadOnlyList<WireCase> Responses =
    [
        ResponseChanged("hop-by-hop fields and those named by Connection",
            "HTTP/1.1 200 OK\r\nA: 1\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: a\r\nB: 2\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nContent-Length: 2\r\n\r\nok"),
        ResponseChanged("Connection: close of the origin", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", Ok) with { OriginCloses = true },
        ResponseChanged("an offer to upgrade", "HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok", Ok),
        ResponseChanged("equal Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\ncontent-length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\n\r\nok"),
        ResponseChanged("204 with Content-Length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: 1\r\n\r\n", "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n"),
        ResponseChanged("204 with Transfer-Encoding", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"),
        ResponseChanged("a version above 1.1", "HTTP/1.9 200 Fine\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok"),
        RequestKept("chunks for an HTTP/1.0 client", version: "HTTP/1.0") with
        {
            Response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nA: 1\r\n\r\n5;e=1\r\nhello\r\n3\r\nabc\r\n0\r\nX-T: v\r\n\r\n",
            ClientReceives = "HTTP/1.1 200 OK\r\nA: 1\r\n\r\nhelloabc",
        },
    ];

    public static readonly IReadOnlyList<WireCase> RefusedRequests =
    [
        Refused("Content-Length and Transfer-Encoding", Host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "2\r\nxx\r\n0\r\n\r\n", "both Content-Length and Transfer-Encoding"),
        Refused("differing Content-Lengths", Host + "Content-Length: 2\r\nContent-Length: 3\r\n", "xxx", "two Content-Lengths that differ"),
        Refused("no Host", "", "", "no Host"),
        Refused("two Hosts", Host + Host, "", "two Hosts"),
        Refused("a name that is no token", Host + "X(Y): 1\r\n", "", "a character that is not allowed in the header name \"X(Y)\""),
        Refused("white space before the colon", Host + "X-A : 1\r\n", "", "white space before the colon of a header"),
        Refused("a folded line", Host + "X-A: 1\r\n  2\r\n", "", "a folded header line"),
        Refused("NUL", Host + "X-A: a\0b\r\n", "", "a NUL byte"),
        Refused("a bare LF", Host + "X-A: 1\nX-B: 2\r\n", "", "a line feed without carriage return"),
        Refused("a bare CR", Host + "X-A: 1\rX-B: 2\r\n", "", "a carriage return without line feed"),
    ];

    public static readonly IReadOnlyList<WireCase> RefusedResponses =
    [
        RefusedResponse("a folded line", "HTTP/1.1 200 OK\r\nX-Fold: a\r\n  b\r\nContent-Length: 0\r\n\r\n", "a folded header line"),
        RefusedResponse("a name that is no token", "HTTP/1.1 200 OK\r\nX Bad: 1\r\nContent-Length: 0\r\n\r\n", "a character that is not allowed in the header name \"X Bad\""),
        RefusedResponse("white space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", "white space before the colon of a header"),
        RefusedResponse("Content-Length and Transfer-Encoding", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n",
            "both Content-Length and Transfer-Encoding"),
        RefusedResponse("differing Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxxx", "two Content-Lengths that differ"),
        RefusedResponse("a Transfer-Encoding that is not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: foo, chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n", "a Transfer-Encoding that is not known"),
        RefusedResponse("Transfer-Encoding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n", "Transfer-Encoding in HTTP/1.0"),
        RefusedResponse("bare LFs", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "a line feed without carriage return"),
    ];

    private static WireCase Request(string name, string fields, string originReceives) =>
        RequestKept(name, fields) with { OriginReceives = $"GET / HTTP/1.1\r\n{Host}{originReceives}\r\n" };

    private static WireCase Absolute(string name, string line, string fields, string originLine, string originFields) => new(name)
    {
        Request = $"{line} HTTP/1.1\r\n{fields}\r\n",
        OriginReceives = $"{originLine} HTTP/1.1\r\n{originFields}\r\n",
    };

    private static WireCase Refused(string name, string fields, string body, string problem) =>
        RequestKept(name, fields, body, "POST", host: "") with
        {
            OriginReceives = null,
            ClientReceives = Own("400 Bad Request", "http_request_error", $"The request has {problem}.", closes: true),
            End = ClientEnd.Closed,
        };

    private static WireCase RefusedResponse(string name, string response, string problem) =>
        ResponseChanged(name, response, Own("502 Bad Gateway", "http_protocol_error", $"The response of ORIGIN has {problem}.", closes: false));
}
