using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class HeadParserTests
{
    public static TheoryData<string, string> Good => new()
    {
        { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "Host=a" },
        { "GET / HTTP/1.1\r\n\r\n", "" },
        { "\r\n\r\n", "" },
        { "GET / HTTP/1.1\r\nA:1\r\nb:  2 \t\r\nA: \r\nC:\r\nD: a: b\r\n\r\n", "A=1|b=2|A=|C=|D=a: b" },
        { "HTTP/1.1 200 \u00E9\r\nX!#$%&'*+-.^_`|~9: caf\u00E9\u0001\u007F\t!\r\n\r\n", "X!#$%&'*+-.^_`|~9=caf\u00E9\u0001\u007F\t!" },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { "GET / HTTP/1.1\nHost: a\r\n\r\n", "a line feed without carriage return" },
        { "GET / HTTP/1.1\r\nHost: a\n\r\n", "a line feed without carriage return" },
        { "GET / HTTP/1.1\r\nHost: a\r\n\n", "a line feed without carriage return" },
        { "GET / HTTP/1.1\rHost: a\r\n\r\n", "a carriage return without line feed" },
        { "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "a carriage return without line feed" },
        { "GET / HTTP/1.1\r\nHost: a\r\n\r\r", "a carriage return without line feed" },
        { "GET /\0 HTTP/1.1\r\n\r\n", "a NUL byte" },
        { "GET / HTTP/1.1\r\nA: \0\r\n\r\n", "a NUL byte" },
        { "GET / HTTP/1.1\r\n A: 1\r\n\r\n", "white space before the first header" },
        { "GET / HTTP/1.1\r\n\r\r", "a carriage return without line feed" },
        { "GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n", "a folded header line" },
        { "GET / HTTP/1.1\r\nA: 1\r\n\t2\r\n\r\n", "a folded header line" },
        { "GET / HTTP/1.1\r\nA: 1\r\n \r\n\r\n", "a folded header line" },
        { "GET / HTTP/1.1\r\n: 1\r\n\r\n", "a header line without a name" },
        { "GET / HTTP/1.1\r\nA\r\n\r\n", "a header line without a colon" },
        { "GET / HTTP/1.1\r\nA : 1\r\n\r\n", "white space before the colon of a header" },
        { "GET / HTTP/1.1\r\nA\t: 1\r\n\r\n", "white space before the colon of a header" },
        { "GET / HTTP/1.1\r\nA B: 1\r\n\r\n", "a character that is not allowed in the header name \"A B\"" },
        { "GET / HTTP/1.1\r\nA(B): 1\r\n\r\n", "a character that is not allowed in the header name \"A(B)\"" },
        { "GET / HTTP/1.1\r\nA\u0001: 1\r\n\r\n", "a character that is not allowed in the header name \"A\uFFFD\"" },
        { "GET / HTTP/1.1\r\n\u00E9: 1\r\n\r\n", "a character that is not allowed in the header name \"\u00E9\"" },
        { $"GET / HTTP/1.1\r\n({new string('a', 60)}: 1\r\n\r\n", $"a character that is not allowed in the header name \"({new string('a', 39)}\"" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodHead_SplitAnywhere_SameFields(string text, string fields)
    {
        var bytes = Heads.Bytes(text + "GET /next HTTP/1.1\r\n\r\n");
        for (var split = 0; split <= text.Length; split++)
        {
            var parser = Heads.NewParser();
            if (split < text.Length) Assert.Equal(HeadStatus.Incomplete, parser.Parse(bytes.AsSpan(0, split)));
            Assert.Equal(HeadStatus.Complete, parser.Parse(bytes));
            Assert.Equal(text.Length, parser.Length);
            Assert.Equal(fields, Heads.Fields(parser.Build(bytes)));
        }
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodHead_ByteByByte_CompleteWithTheLast(string text, string fields)
    {
        var bytes = Heads.Bytes(text);
        var parser = Heads.NewParser();
        for (var i = 0; i < bytes.Length; i++) Assert.Equal(HeadStatus.Incomplete, parser.Parse(bytes.AsSpan(0, i)));
        Assert.Equal(HeadStatus.Complete, parser.Parse(bytes));
        Assert.Equal(fields, Heads.Fields(parser.Build(bytes)));
        Assert.Equal(text[..text.IndexOf("\r\n", StringComparison.Ordinal)], Heads.Text(parser.Build(bytes).StartLine));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void BadHead_SplitAnywhere_Malformed(string text, string problem)
    {
        var bytes = Heads.Bytes(text);
        for (var split = 0; split <= bytes.Length; split++)
        {
            var parser = Heads.NewParser();
            var status = parser.Parse(bytes.AsSpan(0, split));
            if (status == HeadStatus.Incomplete) status = parser.Parse(bytes);
            Assert.Equal(HeadStatus.Malformed, status);
            Assert.Equal(problem, parser.Problem);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nA : \r\n")]
    [InlineData("GET / HTTP/1.1\r\nA: \0")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("GET / HTTP/1.1\rX")]
    public void BadHead_RefusedWithoutWaitingForItsEnd(string begin) => Assert.Equal(HeadStatus.Malformed, Heads.NewParser().Parse(Heads.Bytes(begin)));

    [Theory]
    [InlineData(100, HeadStatus.Complete)]
    [InlineData(101, HeadStatus.TooLong)]
    public void HeadOfSize_TakenUpToTheLimit(int length, object status)
    {
        // The closing empty line is not counted.
        var text = $"GET / HTTP/1.1\r\nA: {new string('a', length - 21)}\r\n\r\n";
        Assert.Equal((HeadStatus)status, Heads.NewParser(maxHeadBytes: 100).Parse(Heads.Bytes(text)));
    }

    [Fact]
    public void HeadWithoutEnd_RefusedOnceTooLong()
    {
        var bytes = Heads.Bytes("GET / HTTP/1.1\r\nA: " + new string('a', 100));
        var parser = Heads.NewParser(maxHeadBytes: 100);
        Assert.Equal(HeadStatus.Incomplete, parser.Parse(bytes.AsSpan(0, 100)));
        Assert.Equal(HeadStatus.TooLong, parser.Parse(bytes.AsSpan(0, 101)));
    }

    [Fact]
    public void StartLine_TakenUpToTheLimit()
    {
        Assert.Equal(HeadStatus.Complete, Heads.NewParser(maxStartLineBytes: 20).Parse(Heads.Bytes(new string('a', 20) + "\r\n\r\n")));
        Assert.Equal(HeadStatus.StartLineTooLong, Heads.NewParser(maxStartLineBytes: 20).Parse(Heads.Bytes(new string('a', 21) + "\r\n\r\n")));
        Assert.Equal(HeadStatus.StartLineTooLong, Heads.NewParser(maxStartLineBytes: 20).Parse(Heads.Bytes(new string('a', 21))));
    }

    [Fact]
    public void Lines_TakenUpToTheLimit()
    {
        var line = "A: 1\r\n";
        Assert.Equal(HeadStatus.Complete, Heads.NewParser(maxLines: 40).Parse(Heads.Bytes("x\r\n" + string.Concat(Enumerable.Repeat(line, 40)) + "\r\n")));
        Assert.Equal(HeadStatus.TooManyLines, Heads.NewParser(maxLines: 40).Parse(Heads.Bytes("x\r\n" + string.Concat(Enumerable.Repeat(line, 41)) + "\r\n")));
    }

    [Fact]
    public void Reset_ForgetsEverything()
    {
        var parser = Heads.NewParser();
        Assert.Equal(HeadStatus.Malformed, parser.Parse("x\r\nA: 1\r\nB : 2\r\n"u8));
        parser.Reset();
        Assert.Null(parser.Problem);
        var bytes = Heads.Bytes("y\r\nC: 3\r\n\r\n");
        Assert.Equal(HeadStatus.Complete, parser.Parse(bytes));
        Assert.Equal("C=3", Heads.Fields(parser.Build(bytes)));
    }

    [Fact]
    public void Built_IsACopy()
    {
        var bytes = Heads.Bytes("GET / HTTP/1.1\r\nA: 1\r\n\r\n");
        var parser = Heads.NewParser();
        parser.Parse(bytes);
        var head = parser.Build(bytes);
        Array.Clear(bytes);
        Assert.Equal("A: 1\r\n", Heads.Written(head));
    }
}
