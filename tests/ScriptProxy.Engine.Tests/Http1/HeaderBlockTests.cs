using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class HeaderBlockTests
{
    private const string Lines = "A:1\r\nb:  2 \r\na: 3\r\nSet-Cookie: c\r\n";

    private readonly HeaderBlock _head = Heads.Request(Lines);

    [Fact]
    public void Read_OrderCaseAndDuplicatesAsOnTheWire()
    {
        Assert.Equal("A=1|b=2|a=3|Set-Cookie=c", Heads.Fields(_head));
        Assert.Equal(4, _head.Count);
        Assert.Equal(new("b", "2"), _head[1]);
        Assert.Equal("1, 3", _head["a"]);
        Assert.Equal(["1", "3"], _head.GetAll("A"));
        Assert.Equal("2", _head["B"]);
        Assert.Null(_head["x"]);
        Assert.Empty(_head.GetAll("x"));
        Assert.True(_head.Contains("SET-COOKIE"));
        Assert.False(_head.Contains("Set-Cookie2"));
        Assert.Equal(Lines, Heads.Written(_head));
    }

    [Fact]
    public void Set_ReplacesTheFirstInItsPlaceAndRemovesTheOthers()
    {
        _head.Set("A", "x");
        Assert.Equal("A: x\r\nb:  2 \r\nSet-Cookie: c\r\n", Heads.Written(_head));
        _head["B"] = "y";
        Assert.Equal("A: x\r\nb: y\r\nSet-Cookie: c\r\n", Heads.Written(_head));
        _head["New"] = "z";
        Assert.Equal("A: x\r\nb: y\r\nSet-Cookie: c\r\nNew: z\r\n", Heads.Written(_head));
    }

    [Fact]
    public void Insert_PutsLinesAnywhere()
    {
        _head.Insert(0, "First", "f");
        _head.Insert(2, "Middle", "m");
        _head.Insert(_head.Count, "Last", "l");
        Assert.Equal("First: f\r\nA:1\r\nMiddle: m\r\nb:  2 \r\na: 3\r\nSet-Cookie: c\r\nLast: l\r\n", Heads.Written(_head));
    }

    [Fact]
    public void Remove_TakesAllOfAName()
    {
        Assert.True(_head.Remove("a"));
        Assert.False(_head.Remove("a"));
        Assert.Equal("b:  2 \r\nSet-Cookie: c\r\n", Heads.Written(_head));
        _head.RemoveAt(1);
        _head["b"] = null;
        Assert.Equal("", Heads.Written(_head));
        Assert.Empty(_head);
    }

    [Fact]
    public void ManyEdits_StayInOrder()
    {
        var expected = _head.ToList();
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var index = random.Next(expected.Count + 1);
            if (random.Next(3) == 0 && index < expected.Count)
            {
                _head.RemoveAt(index);
                expected.RemoveAt(index);
            }
            else
            {
                _head.Insert(index, $"X-{i}", $"{i}");
                expected.Insert(index, new($"X-{i}", $"{i}"));
            }
        }

        Assert.Equal(expected, _head);
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("a\r\nX: 1")]
    [InlineData("a\0b")]
    [InlineData("\u0100")]
    [InlineData("\u20AC")]
    public void ValueThatWouldBreakTheHead_Refused(string value)
    {
        Assert.Throws<ArgumentException>(() => _head.Set("A", value));
        Assert.Throws<ArgumentException>(() => _head.Add("New", value));
        Assert.Throws<ArgumentException>(() => _head.Insert(0, "New", value));
        Assert.Throws<ArgumentException>(() => _head["A"] = value);
        Assert.Equal(Lines, Heads.Written(_head));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A B")]
    [InlineData("A:")]
    [InlineData("A\r\nB")]
    [InlineData("A\0")]
    [InlineData("\u00E9")]
    [InlineData("(A)")]
    public void NameThatIsNoToken_Refused(string name)
    {
        Assert.Throws<ArgumentException>(() => _head.Set(name, "x"));
        Assert.Throws<ArgumentException>(() => _head.Add(name, "x"));
        Assert.Equal(Lines, Heads.Written(_head));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void IndexBeyond_Refused(int index)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _head[index]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _head.RemoveAt(index));
        if (index < 0) Assert.Throws<ArgumentOutOfRangeException>(() => _head.Insert(index, "X", "y"));
    }

    [Fact]
    public void Redact_MarksTheNameAndLeavesTheWire()
    {
        _head.Redact("a");
        _head.Redact("Later");
        Assert.True(_head.IsRedacted("A"));
        Assert.True(_head.IsRedacted("later"));
        Assert.False(_head.IsRedacted("b"));
        Assert.Equal(Lines, Heads.Written(_head));
        Assert.Equal("1, 3", _head["A"]);
    }

    [Fact]
    public void FramingFields_TouchedOnlyThroughPublicMembers()
    {
        var head = Heads.Request("Content-Length: 1\r\nContent-Length: 1\r\nA: 1\r\n");
        head.Set("A", "2");
        head.KeepFirst(KnownHeader.ContentLength);
        head.SetKnown(KnownHeader.ContentLength, "Content-Length", "3");
        Assert.False(head.FramingTouched);
        head.Set("content-length", "4");
        Assert.True(head.FramingTouched);
    }

    [Theory]
    [InlineData("Content-Length: 1\r\nA: 1\r\ncontent-length: 2\r\n", "Content-Length: 9\r\nA: 1\r\n")]
    [InlineData("A: 1\r\n", "A: 1\r\nContent-Length: 9\r\n")]
    public void SetKnown_LeavesOneLine(string lines, string after)
    {
        var head = Heads.Request(lines);
        head.SetKnown(KnownHeader.ContentLength, "Content-Length", "9");
        Assert.Equal(after, Heads.Written(head));
    }

    [Fact]
    public void RemoveKnown_TakesEveryLineOfItsKind()
    {
        var head = Heads.Request("TE: a\r\nA: 1\r\nte: b\r\n");
        head.RemoveKnown(KnownHeader.Te);
        Assert.Equal("A: 1\r\n", Heads.Written(head));
    }

    [Theory]
    [InlineData("host", "Host")]
    [InlineData("CONTENT-LENGTH", "ContentLength")]
    [InlineData("Transfer-encoding", "TransferEncoding")]
    [InlineData("connection", "Connection")]
    [InlineData("Keep-Alive", "KeepAlive")]
    [InlineData("proxy-connection", "ProxyConnection")]
    [InlineData("Proxy-Authorization", "ProxyAuthorization")]
    [InlineData("te", "Te")]
    [InlineData("Upgrade", "Upgrade")]
    [InlineData("HTTP2-Settings", "Http2Settings")]
    [InlineData("expect", "Expect")]
    [InlineData("Trailer", "Trailer")]
    [InlineData("Trailers", "Other")]
    [InlineData("Content_Length", "Other")]
    [InlineData("Hosts", "Other")]
    [InlineData("\u212Aeep-alive", "Other")]
    public void KnownNames_RecognizedInAnyCase(string name, string known)
    {
        Assert.Equal(known, KnownHeaders.Find(name).ToString());
        if (name.All(char.IsAscii)) Assert.Equal(known, KnownHeaders.Find(Heads.Bytes(name)).ToString());
    }
}
