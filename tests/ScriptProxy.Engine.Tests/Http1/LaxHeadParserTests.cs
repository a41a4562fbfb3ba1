using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

/// <summary>--lax: what cannot change where a message ends is taken, and goes out put right.</summary>
public sealed class LaxHeadParserTests
{
    public static TheoryData<string, string, string> Tolerated => new()
    {
        { "A: 1\r\n 2\r\n", "A=1   2", "A: 1   2\r\n" },
        { "A: 1\r\n\t2\r\n  3\r\nB: 4\r\n", "A=1  \t2    3|B=4", "A: 1  \t2    3\r\nB: 4\r\n" },
        { "A:\r\n 1\r\n", "A=1", "A:   1\r\n" },
        { "A: 1\r\n \r\n", "A=1", "A: 1   \r\n" },
        { "A: 1\nB: 2\n", "A=1|B=2", "A: 1\r\nB: 2\r\n" },
        { "A: 1\n 2\nB: 3\r\n", "A=1  2|B=3", "A: 1  2\r\nB: 3\r\n" },
        { "A(B): 1\r\nC D: 2\r\n\u00E9: 3\r\n", "A(B)=1|C D=2|\u00E9=3", "A(B): 1\r\nC D: 2\r\n\u00E9: 3\r\n" },
    };

    public static TheoryData<string, string> StillRefused => new()
    {
        { " A: 1\r\n", "white space before the first header" },
        { "Content-Length: 1\r\n 2\r\n", "a folded framing header" },
        { "Transfer-Encoding:\r\n chunked\r\n", "a folded framing header" },
        { "Host: a\r\n b\r\n", "a folded framing header" },
        { "Connection: a\r\n b\r\n", "a folded framing header" },
        { "Content-Length : 1\r\n", "white space before the colon of a header" },
        { "Content-Length\v: 1\r\n", "a character that is not allowed in the header name \"Content-Length\uFFFD\"" },
        { "\u0001Transfer-Encoding: chunked\r\n", "a character that is not allowed in the header name \"\uFFFDTransfer-Encoding\"" },
        { "A\u007F: 1\r\n", "a character that is not allowed in the header name \"A\uFFFD\"" },
        { "A\r\n", "a header line without a colon" },
        { ": 1\r\n", "a header line without a name" },
        { "A: \0\r\n", "a NUL byte" },
        { "A: 1\rB: 2\r\n", "a carriage return without line feed" },
        { "A: 1\r\r\n", "a carriage return without line feed" },
    };

    [Theory]
    [MemberData(nameof(Tolerated))]
    public void Tolerated_SplitAnywhere_PutRight(string lines, string fields, string written)
    {
        var bytes = Heads.Bytes($"GET / HTTP/1.1\r\n{lines}\r\n");
        for (var split = 0; split < bytes.Length; split++)
        {
            var parser = Heads.NewParser(lax: true);
            Assert.Equal(HeadStatus.Incomplete, parser.Parse(bytes.AsSpan(0, split)));
            Assert.Equal(HeadStatus.Complete, parser.Parse(bytes));
            var head = parser.Build(bytes);
            Assert.Equal(fields, Heads.Fields(head));
            Assert.Equal(written, Heads.Written(head));
        }
    }

    [Theory]
    [MemberData(nameof(StillRefused))]
    public void WhatCouldChangeTheFraming_StillRefused(string lines, string problem)
    {
        var parser = Heads.NewParser(lax: true);
        Assert.Equal(HeadStatus.Malformed, parser.Parse(Heads.Bytes($"GET / HTTP/1.1\r\n{lines}\r\n")));
        Assert.Equal(problem, parser.Problem);
    }

    [Fact]
    public void LineFeedsOnly_WholeHeadTaken()
    {
        var bytes = Heads.Bytes("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
        var parser = Heads.NewParser(lax: true);
        Assert.Equal(HeadStatus.Complete, parser.Parse(bytes));
        Assert.Equal(bytes.Length - 2, parser.Length);
        Assert.Equal(KnownHeader.ContentLength, parser.Build(bytes).Lines[0].Known);
    }
}
