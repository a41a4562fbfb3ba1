using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Tests.Wire.Hostile;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class ChunkScannerTests
{
    private static readonly Dictionary<string, BadChunks> BadBodies =
        new[] { HostileChunks.Sizes, HostileChunks.Lines, HostileChunks.Trailers }.SelectMany(list => list).ToDictionary(bad => bad.Name);

    public static TheoryData<string, string, string> Good => new()
    {
        { "0\r\n\r\n", "", "" },
        { "5\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", "" },
        { "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", "" },
        { "000000000000005\r\nhello\r\n000\r\n\r\n", "hello", "" },
        { "5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello", "" },
        { "5 ;a=\"b;\tc\"; d\r\nhello\r\n0\t;\r\n\r\n", "hello", "" },
        { "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "" },
        { "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", "" },
        { "1\r\n\0\r\n0\r\n\r\n", "\0", "" },
        { "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n", "hello", "X-T: v\r\n\r\n" },
        { "0\r\nA:\r\nb:  caf\u00E9 \r\nA: 2\r\n\r\n", "", "A:\r\nb:  caf\u00E9 \r\nA: 2\r\n\r\n" },
    };

    public static TheoryData<string> Bad => [.. BadBodies.Keys];

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodBody_SplitAnywhere_SamePayloadAndTrailers(string body, string payload, string trailers)
    {
        for (var split = 0; split <= body.Length; split++) AssertScanned(Scan(body + "GET", split), body, payload, trailers);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodBody_ByteByByte_SamePayloadAndTrailers(string body, string payload, string trailers) =>
        AssertScanned(Scan(body, [.. Enumerable.Range(1, body.Length - 1)]), body, payload, trailers);

    [Theory]
    [MemberData(nameof(Good))]
    public void GoodBodyCutShort_NeverDone(string body, string payload, string trailers)
    {
        Assert.NotNull(payload + trailers);
        for (var length = 0; length < body.Length; length++) Assert.Equal(ChunkStatus.NeedMore, Scan(body[..length]).Status);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void BadBody_SplitAnywhere_Malformed(string name)
    {
        var (_, body, problem) = BadBodies[name];

        // What follows shows what waits for more to decide.
        body += "GET / HTTP/1.1\r\n\r\n";
        for (var split = 0; split < Math.Min(body.Length, 200); split++)
        {
            var scanned = Scan(body, split);
            Assert.Equal(ChunkStatus.Malformed, scanned.Status);
            Assert.Equal(problem, scanned.Problem);
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void BadBody_ByteByByte_Malformed(string name)
    {
        var (_, body, problem) = BadBodies[name];
        var scanned = Scan(body + "GET / HTTP/1.1\r\n\r\n", [.. Enumerable.Range(1, Math.Min(body.Length, 30_000))]);
        Assert.Equal(ChunkStatus.Malformed, scanned.Status);
        Assert.Equal(problem, scanned.Problem);
    }

    [Theory]
    [InlineData("5", 0)]
    [InlineData("5\r", 0)]
    [InlineData("5;ext", 0)]
    [InlineData("5\r\n", 3)]
    [InlineData("5\r\nhel", 6)]
    [InlineData("5\r\nhello", 8)]
    [InlineData("5\r\nhello\r", 8)]
    [InlineData("5\r\nhello\r\n", 10)]
    [InlineData("5\r\nhello\r\n0\r\nX-T: v", 13)]
    public void HalfAFramingLine_NotConsumed(string begin, int consumed) => Assert.Equal(consumed, Scan(begin).Consumed);

    [Theory]
    [InlineData(4_096, true)]
    [InlineData(4_097, false)]
    public void SizeLine_TakenUpToTheLimit(int length, bool taken)
    {
        var scanned = Scan($"1;{new string('e', length - 2)}\r\nx\r\n0\r\n\r\n");
        Assert.Equal(taken ? ChunkStatus.Done : ChunkStatus.Malformed, scanned.Status);
    }

    [Fact]
    public void SizeLineWithoutEnd_RefusedOnceTooLong()
    {
        Assert.Equal(ChunkStatus.NeedMore, Scan("1;" + new string('e', 4_094)).Status);
        Assert.Equal(ChunkStatus.Malformed, Scan("1;" + new string('e', 4_095)).Status);
    }

    [Fact]
    public void LargestSize_Taken()
    {
        var scanned = Scan("fffffffffffffff\r\nabc");
        Assert.Equal(ChunkStatus.NeedMore, scanned.Status);
        Assert.Equal("abc", scanned.Payload);
    }

    [Fact]
    public void Trailers_TakenUpToTheLimit()
    {
        var line = "A: 345678901234567890123456789012\r\n";
        var most = 16 * 1024 / line.Length;
        Assert.Equal(ChunkStatus.Done, Scan($"0\r\n{string.Concat(Enumerable.Repeat(line, most))}\r\n").Status);
        Assert.Equal(ChunkStatus.Malformed, Scan($"0\r\n{string.Concat(Enumerable.Repeat(line, most + 1))}\r\n").Status);
    }

    [Fact]
    public void AfterTheEnd_NothingIsConsumed()
    {
        var scanner = default(ChunkScanner);
        Assert.Equal(ChunkStatus.Done, scanner.Step("0\r\n\r\nGET"u8, out var consumed, out _));
        Assert.Equal(5, consumed);
        Assert.Equal(ChunkStatus.Done, scanner.Step("GET"u8, out consumed, out _));
        Assert.Equal(0, consumed);
    }

    private static void AssertScanned(Scanned scanned, string body, string payload, string trailers)
    {
        Assert.Equal(ChunkStatus.Done, scanned.Status);
        Assert.Equal(body.Length, scanned.Consumed);
        Assert.Equal(payload, scanned.Payload);
        Assert.Equal(trailers, scanned.Trailers);
    }

    /// <summary>Scans as a connection is read: what was not consumed comes again with what was received since.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="splits">Where receiving pauses.</param>
    private static Scanned Scan(string body, params int[] splits)
    {
        var bytes = Heads.Bytes(body);
        var scanner = default(ChunkScanner);
        var payload = new MemoryStream();
        var position = 0;
        var status = ChunkStatus.NeedMore;
        foreach (var end in splits.Append(bytes.Length))
        {
            do
            {
                var input = bytes.AsSpan(position, end - position);
                status = scanner.Step(input, out var consumed, out var data);
                payload.Write(input[data]);
                position += consumed;
            }
            while (status == ChunkStatus.Data);
            if (status is ChunkStatus.Done or ChunkStatus.Malformed) break;
        }

        return new Scanned(status, position, Heads.Text(payload.ToArray()), Heads.Text(scanner.Trailers.Span), scanner.Problem);
    }

    private sealed record Scanned(ChunkStatus Status, int Consumed, string Payload, string Trailers, string? Problem);
}
