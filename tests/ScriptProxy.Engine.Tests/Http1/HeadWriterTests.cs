using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class HeadWriterTests
{
    private static readonly string[] Lines = ["A:1\r\n", "Bb:  2 \t\r\n", "C:\r\n", "A: \u00E9\r\n", "D: 4\r\n", "Eeee: 5\r\n"];

    public static TheoryData<int> Subsets => [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(Subsets))]
    public void HopByHopLinesLeftOut_OthersAreTheBytesReceived(int subset)
    {
        var head = Heads.Request(string.Concat(Lines));
        for (var i = 0; i < Lines.Length; i++)
        {
            if ((subset >> i & 1) == 0) head.MarkHopByHop(i);
        }

        Assert.Equal(string.Concat(Lines.Where((_, i) => (subset >> i & 1) == 1)), Heads.Written(head));
    }

    [Theory]
    [MemberData(nameof(Subsets))]
    public void LinesRemoved_OthersAreTheBytesReceived(int subset)
    {
        var head = Heads.Request(string.Concat(Lines));
        for (var i = Lines.Length - 1; i >= 0; i--)
        {
            if ((subset >> i & 1) == 0) head.RemoveAt(i);
        }

        Assert.Equal(string.Concat(Lines.Where((_, i) => (subset >> i & 1) == 1)), Heads.Written(head));
    }

    [Theory]
    [MemberData(nameof(Subsets))]
    public void LinesInserted_OthersAreTheBytesReceived(int subset)
    {
        var head = Heads.Request(string.Concat(Lines));
        var expected = "";
        for (var i = Lines.Length - 1; i >= 0; i--)
        {
            expected = Lines[i] + expected;
            if ((subset >> i & 1) == 0) continue;
            head.Insert(i, "X", $"{i}");
            expected = $"X: {i}\r\n{expected}";
        }

        Assert.Equal(expected, Heads.Written(head));
    }

    [Fact]
    public void HeadWithoutBytes_WrittenFromItsStrings()
    {
        var head = new HeaderBlock { { "A", "1" }, { "b", "caf\u00E9" }, { "C", "" } };
        Assert.Equal("A: 1\r\nb: caf\u00E9\r\nC: \r\n", Heads.Written(head));
    }

    [Theory]
    [InlineData("HTTP/1.1 103 Hints", "HTTP/1.1 103 Hints")]
    [InlineData("HTTP/1.0 100", "HTTP/1.0 100")]
    [InlineData("HTTP/1.3 103 Hints", "HTTP/1.1 103 Hints")]
    public void StatusLine_SaysAVersionThatIsSpoken(string line, string written)
    {
        using var buffer = new WireBuffer();
        HeadWriter.WriteInformational(buffer, Heads.Parse(line + "\r\nA: 1\r\n\r\n"));
        Assert.Equal(written + "\r\nA: 1\r\n\r\n", Heads.Text(buffer.Written.Span));
    }

    [Fact]
    public void Buffer_GrowsAndIsUsedAgain()
    {
        using var buffer = new WireBuffer();
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i:x},"));
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 10_000; i++)
            {
                buffer.WriteHex(i);
                buffer.WriteLatin1(",");
            }

            Assert.Equal(text, Heads.Text(buffer.Written.Span));
            buffer.Clear();
            buffer.WriteNumber(long.MaxValue);
            Assert.Equal("9223372036854775807", Heads.Text(buffer.Written.Span));
            buffer.Release();
            Assert.Equal(0, buffer.Length);
        }
    }
}
