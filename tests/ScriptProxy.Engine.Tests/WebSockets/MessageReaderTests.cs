using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Tests.WebSockets;

public sealed class MessageReaderTests
{
    private const uint Key = 0x3d21fa37;

    // "Hello" in two parts with a ping between, a message of 300 bytes, an empty one, a closing frame.
    private static readonly byte[][] Frames =
    [
        Masked(Opcode.Text, "Hel"u8.ToArray(), isFinal: false),
        Masked(Opcode.Ping, "?"u8.ToArray()),
        Masked(Opcode.Continuation, "lo"u8.ToArray()),
        Masked(Opcode.Binary, [.. Enumerable.Range(0, 300).Select(i => (byte)i)]),
        Masked(Opcode.Text, []),
        Masked(Opcode.Close, [0x03, 0xE8]),
    ];

    private static readonly byte[] All = [.. Frames.SelectMany(frame => frame)];

    [Fact]
    public async Task BytesInAnyPieces_AreTheSameMessages()
    {
        for (var first = 1; first < All.Length; first++)
        {
            var found = await ReadAsync(new PieceStream(All, first, 1, 2));

            Assert.Equal(
                [
                    $"Control Ping {Convert.ToHexString(Frames[1])} 3F",
                    $"Message Text {Convert.ToHexString([.. Frames[0], .. Frames[2]])} {Convert.ToHexString("Hello"u8)}",
                    $"Message Binary {Convert.ToHexString(Frames[3])} {Convert.ToHexString([.. Enumerable.Range(0, 300).Select(i => (byte)i)])}",
                    $"Message Text {Convert.ToHexString(Frames[4])} ",
                    $"Close Close {Convert.ToHexString(Frames[5])} 03E8",
                    "End",
                ],
                found);
        }
    }

    [Fact]
    public async Task BytesOneByOne_AreTheSameMessages() =>
        Assert.Equal(await ReadAsync(new PieceStream(All)), await ReadAsync(new PieceStream(All, [.. Enumerable.Repeat(1, All.Length)])));

    [Theory]
    [InlineData("810548656c6c6f", 1002, "a frame without mask")]
    [InlineData("80803e3e3e3e", 1002, "the rest of a message that did not begin")]
    [InlineData("0180 3e3e3e3e 8180 3e3e3e3e", 1002, "a message within another")]
    [InlineData("c1803e3e3e3e", 1002, "a compressed frame where none may be")]
    [InlineData("83803e3e3e3e", 1002, "the unknown opcode 3")]
    [InlineData("81fe03e93e3e3e3e", 1009, "a message longer than 1000 bytes")]
    [InlineData("81ff00000001000000003e3e3e3e", 1009, "a message longer than 1000 bytes")]
    public async Task WhatIsNotAllowed_IsToldWithItsCode(string hex, int code, string reason)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        using var reader = new MessageReader(Peer(new PieceStream(bytes)), isMasked: true, mayCompress: false, limitBytes: 1000);

        Assert.Equal(new CloseStatus(code, reason), (await reader.ReadAsync()).Status);
    }

    [Fact]
    public async Task MessageInPartsBeyondTheLimit_IsRefusedBeforeItIsRead()
    {
        byte[] bytes = [.. Masked(Opcode.Binary, new byte[600], isFinal: false), .. Masked(Opcode.Continuation, new byte[600])[..10]];
        using var reader = new MessageReader(Peer(new PieceStream(bytes)), isMasked: true, mayCompress: false, limitBytes: 1000);

        Assert.Equal(CloseStatus.TooBig, (await reader.ReadAsync()).Status!.Code);
    }

    [Fact]
    public async Task MaskedFrameOfAServer_IsRefused()
    {
        using var reader = new MessageReader(Peer(new PieceStream(Frames[0])), isMasked: false, mayCompress: false, limitBytes: 1000);

        Assert.Equal(new CloseStatus(CloseStatus.ProtocolError, "a masked frame"), (await reader.ReadAsync()).Status);
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(Stream stream)
    {
        using var reader = new MessageReader(Peer(stream), isMasked: true, mayCompress: false, limitBytes: 1000);
        var found = new List<string>();
        while (true)
        {
            var incoming = await reader.ReadAsync();
            if (incoming.Kind == IncomingKind.End) return [.. found, "End"];
            Assert.NotEqual(IncomingKind.Violation, incoming.Kind);
            found.Add($"{incoming.Kind} {incoming.Opcode} {Convert.ToHexString(incoming.Raw.Span)} {Convert.ToHexString(incoming.Payload.Span)}");
        }
    }

    private static WebSocketPeer Peer(Stream stream) => new(stream, default, static () => default, static () => { });

    private static byte[] Masked(Opcode opcode, byte[] payload, bool isFinal = true)
    {
        Span<byte> header = stackalloc byte[FrameHeader.MaxLength];
        var length = new FrameHeader(isFinal, false, opcode, Key, payload.Length, 0).Write(header);
        var masked = payload.ToArray();
        Frame.Mask(masked, Key);
        return [.. header[..length], .. masked];
    }
}
