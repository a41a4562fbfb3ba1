using System.Net;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class MessageFramingTests
{
    [Theory]
    [InlineData("", "None")]
    [InlineData("Content-Length: 0\r\n", "Length 0")]
    [InlineData("Content-Length: 5\r\n", "Length 5")]
    [InlineData("CONTENT-length:\t 005 \t\r\n", "Length 5")]
    [InlineData("Content-Length: 999999999999999999\r\n", "Length 999999999999999999")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n", "Length 5")]
    [InlineData("Content-Length: 5\r\nContent-Length: 05\r\n", "Length 5")]
    [InlineData("Transfer-Encoding: chunked\r\n", "Chunked")]
    [InlineData("transfer-encoding:  CHUNKED \r\n", "Chunked")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "Chunked")]
    [InlineData("Transfer-Encoding: gzip ,\tdeflate,chunked\r\n", "Chunked")]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "Chunked")]
    [InlineData("X-Content-Length: 5\r\nContent_Length: 6\r\nTransfer_Encoding: chunked\r\n", "None")]
    public void GoodRequest_HasOneFraming(string fields, string framing)
    {
        Assert.Null(MessageFraming.OfRequest(Heads.Request(fields), HttpVersion.Version11, out var decided));
        Assert.Equal(framing, Shown(decided));
    }

    [Theory]
    [InlineData("Content-Length: \r\n", "a Content-Length that is not a number")]
    [InlineData("Content-Length: 5, 5\r\n", "a Content-Length that is not a number")]
    [InlineData("Content-Length: 1000000000000000000\r\n", "a Content-Length that is not a number")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", "two Content-Lengths that differ")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "two Content-Lengths that differ")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both Content-Length and Transfer-Encoding")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "both Content-Length and Transfer-Encoding")]
    [InlineData("Transfer-Encoding: gzip\r\n", "a Transfer-Encoding that does not end with chunked")]
    [InlineData("Transfer-Encoding: chunked, gzip\r\n", "a transfer coding after chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "a transfer coding after chunked")]
    [InlineData("Transfer-Encoding: chunked,\r\n", "an empty Transfer-Encoding")]
    [InlineData("Transfer-Encoding:\r\n", "an empty Transfer-Encoding")]
    [InlineData("Transfer-Encoding: br, chunked\r\n", "a Transfer-Encoding that is not known")]
    public void BadRequest_Refused(string fields, string problem) =>
        Assert.Equal(problem, MessageFraming.OfRequest(Heads.Request(fields), HttpVersion.Version11, out _));

    [Fact]
    public void TransferEncodingInHttp10_Refused()
    {
        var head = Heads.Request("Transfer-Encoding: chunked\r\n");
        Assert.Equal("Transfer-Encoding in HTTP/1.0", MessageFraming.OfRequest(head, HttpVersion.Version10, out _));
        Assert.Equal("Transfer-Encoding in HTTP/1.0", MessageFraming.OfResponse(head, HttpVersion.Version10, 200, false, out _));
    }

    [Fact]
    public void EqualLengths_FoldedIntoTheFirst()
    {
        var head = Heads.Request("content-length: 5\r\nA: 1\r\nContent-Length: 005\r\nContent-Length: 5\r\n");
        Assert.Null(MessageFraming.OfRequest(head, HttpVersion.Version11, out _));
        Assert.Equal("content-length: 5\r\nA: 1\r\n", Heads.Written(head));
        Assert.False(head.FramingTouched);
    }

    [Theory]
    [InlineData(200, false, "", "UntilClose")]
    [InlineData(200, false, "Content-Length: 5\r\n", "Length 5")]
    [InlineData(200, false, "Transfer-Encoding: chunked\r\n", "Chunked")]
    [InlineData(200, false, "Transfer-Encoding: gzip\r\n", "UntilClose")]
    [InlineData(200, true, "", "None")]
    [InlineData(200, true, "Content-Length: 5\r\n", "None")]
    [InlineData(200, true, "Transfer-Encoding: chunked\r\n", "None")]
    [InlineData(304, false, "Content-Length: 5\r\n", "None")]
    [InlineData(304, false, "Transfer-Encoding: chunked\r\n", "None")]
    [InlineData(204, false, "", "None")]
    [InlineData(205, false, "Content-Length: 5\r\n", "Length 5")]
    [InlineData(404, false, "", "UntilClose")]
    [InlineData(101, false, "", "None")]
    public void GoodResponse_HasOneFraming(int status, bool isHead, string fields, string framing)
    {
        var head = Heads.Request(fields);
        Assert.Null(MessageFraming.OfResponse(head, HttpVersion.Version11, status, isHead, out var decided));
        Assert.Equal(framing, Shown(decided));
        Assert.Equal(fields, Heads.Written(head));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(101)]
    [InlineData(150)]
    public void StatusWithoutBody_LosesItsFramingFields(int status)
    {
        var head = Heads.Request("A: 1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nB: 2\r\n");
        Assert.Null(MessageFraming.OfResponse(head, HttpVersion.Version11, status, false, out var decided));
        Assert.Equal("None", Shown(decided));
        Assert.Equal("A: 1\r\nB: 2\r\n", Heads.Written(head));
    }

    [Theory]
    [InlineData(200, "Content-Length: x\r\n", "a Content-Length that is not a number")]
    [InlineData(204, "Content-Length: x\r\n", "a Content-Length that is not a number")]
    [InlineData(304, "Content-Length: 5\r\nContent-Length: 6\r\n", "two Content-Lengths that differ")]
    [InlineData(200, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both Content-Length and Transfer-Encoding")]
    [InlineData(200, "Transfer-Encoding: foo\r\n", "a Transfer-Encoding that is not known")]
    [InlineData(304, "Transfer-Encoding: foo\r\n", "a Transfer-Encoding that is not known")]
    [InlineData(200, "Transfer-Encoding: foo, chunked\r\n", "a Transfer-Encoding that is not known")]
    [InlineData(200, "Transfer-Encoding: chunked, chunked\r\n", "a transfer coding after chunked")]
    public void BadResponse_Refused(int status, string fields, string problem) =>
        Assert.Equal(problem, MessageFraming.OfResponse(Heads.Request(fields), HttpVersion.Version11, status, false, out _));

    private static string Shown(Framing framing) => framing.Kind == FramingKind.Length ? $"Length {framing.Length}" : framing.Kind.ToString();
}
