using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

/// <summary>How a body goes out, and that the head says the same.</summary>
public sealed class OutgoingBodyTests
{
    private const long Limit = 1_000;

    [Theory]
    [InlineData("A: 1\r\n", true, "A: 1\r\n")]
    [InlineData("A: 1\r\n", false, "A: 1\r\n")]
    [InlineData("Content-Length: 0\r\n", true, "Content-Length: 0\r\n")]
    [InlineData("Content-Length: 0\r\n", false, "Content-Length: 0\r\n")]
    public void NoBody_HeadLeftAlone(string fields, bool lengthWhenEmpty, string after)
    {
        var head = Heads.Request(fields);
        var outgoing = OutgoingBody.Of(new MessageBody(null, Limit), head, mayChunk: true, lengthWhenEmpty);
        Assert.Equal(FramingKind.None, outgoing.Framing.Kind);
        Assert.Equal(after, Heads.Written(head));
    }

    [Theory]
    [InlineData(true, "Content-Length: 0\r\n")]
    [InlineData(false, "")]
    public void NoBodyButFramingWrittenByAnAddon_HeadPutRight(bool lengthWhenEmpty, string after)
    {
        var head = Heads.Request("");
        head.Set("Transfer-Encoding", "chunked");
        head.Set("Content-Length", "5");
        OutgoingBody.Of(new MessageBody(null, Limit), head, mayChunk: true, lengthWhenEmpty);
        Assert.Equal(after, Heads.Written(head));
    }

    [Theory]
    [InlineData("new", "Content-Length: 9\r\nA: 1\r\n", true, "Content-Length: 3\r\nA: 1\r\n")]
    [InlineData("new", "Transfer-Encoding: gzip\r\nA: 1\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n", true, "A: 1\r\nContent-Length: 3\r\n")]
    [InlineData("new", "A: 1\r\n", false, "A: 1\r\nContent-Length: 3\r\n")]
    [InlineData("", "A: 1\r\n", true, "A: 1\r\nContent-Length: 0\r\n")]
    [InlineData("", "A: 1\r\n", false, "A: 1\r\n")]
    [InlineData("", "Content-Length: 9\r\n", false, "Content-Length: 0\r\n")]
    [InlineData("", "Transfer-Encoding: chunked\r\n", false, "")]
    public void Replacement_FramedByItsLength(string replacement, string fields, bool lengthWhenEmpty, string after)
    {
        var body = new MessageBody(null, Limit);
        body.SetWire(Heads.Bytes(replacement));
        var head = Heads.Request(fields);
        var outgoing = OutgoingBody.Of(body, head, mayChunk: false, lengthWhenEmpty);
        Assert.Equal(after, Heads.Written(head));
        Assert.Equal(replacement, Heads.Text(outgoing.Bytes.Span));
        Assert.Null(outgoing.Source);
        Assert.False(outgoing.IsRaw);
    }

    [Theory]
    [InlineData(FramingKind.Length, true, "Length", "Content-Length: 5\r\n")]
    [InlineData(FramingKind.Length, false, "Length", "Content-Length: 5\r\n")]
    [InlineData(FramingKind.Chunked, true, "Chunked", "Transfer-Encoding: chunked\r\n")]
    [InlineData(FramingKind.Chunked, false, "UntilClose", "")]
    [InlineData(FramingKind.UntilClose, true, "UntilClose", "")]
    public void StreamOfAnotherProtocol_FramedAnew(object kind, bool mayChunk, string framing, string after)
    {
        var source = new TextBodyReader((FramingKind)kind, "hello");
        var head = Heads.Request("");
        var outgoing = OutgoingBody.Of(new MessageBody(source, Limit), head, mayChunk, lengthWhenEmpty: true);
        Assert.Equal(framing, outgoing.Framing.Kind.ToString());
        Assert.Equal(after, Heads.Written(head));
        Assert.Same(source, outgoing.Source);
        Assert.False(outgoing.IsRaw);
    }

    [Fact]
    public async Task StreamThatAnAddonRead_ItsBytesComeFirst()
    {
        var body = new MessageBody(new TextBodyReader(FramingKind.Chunked, "hello", " world"), Limit);
        Assert.Equal("hello world", Heads.Text((await body.ReadDecodedAsync(Heads.Request(""), CancellationToken.None)).Span));
        var outgoing = OutgoingBody.Of(body, Heads.Request(""), mayChunk: true, lengthWhenEmpty: true);
        Assert.Equal("hello world", Heads.Text(outgoing.Bytes.Span));
        Assert.True(outgoing.Source!.IsCompleted);
    }

    [Fact]
    public async Task StreamLongerThanTheLimit_BeginningIsKept()
    {
        var body = new MessageBody(new TextBodyReader(FramingKind.UntilClose, "12345", "67890", "abcde"), limitBytes: 8);
        await Assert.ThrowsAsync<BodyTooLargeException>(async () => await body.ReadDecodedAsync(Heads.Request(""), CancellationToken.None));
        var outgoing = OutgoingBody.Of(body, Heads.Request(""), mayChunk: true, lengthWhenEmpty: true);
        Assert.Equal("1234567890", Heads.Text(outgoing.Bytes.Span));
        Assert.Equal("abcde", Heads.Text((await outgoing.Source!.ReadAsync()).Span));
    }

    [Theory]
    [InlineData("A: 1\r\nb:  2\r\n\r\n", "A: 1\r\nb:  2\r\n")]
    [InlineData("\r\n", "")]
    public void Trailers_ReadAsFields(string section, string written) =>
        Assert.Equal(written, Heads.Written(TrailerParser.Parse(Heads.Bytes(section))!));

    [Fact]
    public void NoTrailers_Null() => Assert.Null(TrailerParser.Parse(default));

    /// <summary>A body from strings, a piece each.</summary>
    private sealed class TextBodyReader(FramingKind kind, params string[] pieces) : BodyReader
    {
        private int _next;

        public override Framing Framing { get; } = new(kind, kind == FramingKind.Length ? pieces.Sum(piece => piece.Length) : 0);

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync()
        {
            IsStarted = true;
            if (_next == pieces.Length)
            {
                IsCompleted = true;
                return default;
            }

            return new(Heads.Bytes(pieces[_next++]));
        }
    }
}
