using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tests.Connections;

public class TlsTransportTests
{
    private static readonly byte[] Records = [.. Record(3), .. Record(0), .. Record(40_000), .. Record(1)];

    public static TheoryData<int, bool> Pieces => new()
    {
        { 1, true }, { 2, true }, { 3, true }, { 4, true }, { 5, true }, { 6, true }, { 7, true }, { 4096, true }, { 16_416, true }, { 100_000, true },
        { 1, false }, { 5, false }, { 7, false }, { 4096, false }, { 16_416, false }, { 100_000, false },
    };

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task ReadOfAnySize_GivesTheBytesAndNeverTwoRecordsAtOnce(int piece, bool readsAhead)
    {
        foreach (var arriving in new[] { 1, 4, 5, 9, 5000, 100_000 })
        {
            var transport = new TlsTransport(new PieceStream(Records, arriving)) { ReadsAhead = readsAhead };
            var read = new List<byte>();
            var buffer = new byte[piece];
            while (await transport.ReadAsync(buffer) is var count and > 0)
            {
                read.AddRange(buffer[..count]);
                if (readsAhead) Assert.DoesNotContain(Boundaries(), boundary => boundary < read.Count && boundary > read.Count - count);
            }

            Assert.Equal(Records, read);
            Assert.False(transport.HasReceived);
            Assert.Equal(0, await transport.ReadAsync(buffer));
        }
    }

    [Fact]
    public async Task ReadOfNothing_WaitsUntilSomethingCameAndKeepsIt()
    {
        var transport = new TlsTransport(new PieceStream(Records, 9));

        Assert.Equal(0, await transport.ReadAsync(Memory<byte>.Empty));

        Assert.True(transport.HasReceived);
        Assert.Equal(8, await transport.ReadAsync(new byte[100]));
    }

    [Fact]
    public async Task PeekedBytes_ComeFirst()
    {
        var transport = new TlsTransport(new PieceStream(Records[6..], 100_000), Records.AsMemory(0, 6));
        var buffer = new byte[100];

        var first = await transport.ReadAsync(buffer);
        var second = await transport.ReadAsync(buffer.AsMemory(first));

        Assert.Equal((6, 2), (first, second));
        Assert.Equal(Records[..8], buffer[..8]);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(9, true)]
    public async Task WholeRecord_IsSeenOnlyWhenItIsThere(int received, bool isWhole)
    {
        var transport = new TlsTransport(new PieceStream(Records, received)) { ReadsAhead = true };

        _ = await transport.ReadAsync(Memory<byte>.Empty);

        Assert.Equal(isWhole, transport.HasWholeRecord);
    }

    [Fact]
    public async Task WholeRecord_IsNotTheRestOfOne()
    {
        var transport = new TlsTransport(new PieceStream(Records, 100_000)) { ReadsAhead = true };

        Assert.Equal(6, await transport.ReadAsync(new byte[6]));

        Assert.False(transport.HasWholeRecord);
    }

    [Fact]
    public async Task Writes_GoStraightThroughUntilGathered()
    {
        var sent = new PieceStream([], 1);
        var transport = new TlsTransport(sent);

        await transport.WriteAsync("a"u8.ToArray());
        transport.Gather();
        await transport.WriteAsync("b"u8.ToArray());
        await transport.WriteAsync("c"u8.ToArray());
        Assert.Equal(["a"], sent.Written);
        await transport.SendGatheredAsync();
        await transport.WriteAsync("d"u8.ToArray());

        Assert.Equal(["a", "bc", "d"], sent.Written);
    }

    [Fact]
    public async Task MoreThanFits_IsSentInOrder()
    {
        var sent = new PieceStream([], 1);
        var transport = new TlsTransport(sent);
        var text = new string('x', 30_000);

        transport.Gather();
        foreach (var first in "abcde") await transport.WriteAsync(System.Text.Encoding.ASCII.GetBytes(first + text));
        await transport.WriteAsync(new byte[200_000]);
        await transport.SendGatheredAsync();

        Assert.Equal(5 * 30_001 + 200_000, sent.Written.Sum(piece => piece.Length));
        Assert.Equal("abcde", string.Concat(string.Concat(sent.Written).Where(char.IsAsciiLetter).Where(letter => letter != 'x')));
    }

    [Fact]
    public async Task NothingGathered_NothingIsSent()
    {
        var sent = new PieceStream([], 1);
        var transport = new TlsTransport(sent);

        transport.Gather();
        await transport.SendGatheredAsync();

        Assert.Empty(sent.Written);
    }

    private static byte[] Record(int length) => [23, 3, 3, (byte)(length >> 8), (byte)length, .. Enumerable.Repeat((byte)7, length)];

    private static int[] Boundaries() => [8, 13, 40_018, 40_024];
}
