using System.Text;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>Frames as bytes (RFC 6455 §5.2).</summary>
public sealed class FrameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void FrameOfOurs_ReadsAsWhatItIs(int length)
    {
        var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var frame = Frame.Make(Opcode.Binary, payload, masked: true, isCompressed: true);

        Assert.True(FrameHeader.TryRead(frame, out var header, out _));
        Assert.Equal((true, true, Opcode.Binary, (long)length, frame.Length - length), (header.IsFinal, header.IsCompressed, header.Opcode, header.Length, header.HeaderLength));
        Frame.Mask(frame.AsSpan(header.HeaderLength), header.Mask!.Value);
        Assert.Equal(payload, frame[header.HeaderLength..]);
    }

    [Fact]
    public void ExamplesOfTheRfc_AreReadAndWritten()
    {
        Assert.Equal(Convert.FromHexString("810548656c6c6f"), Frame.Make(Opcode.Text, "Hello"u8, masked: false));

        var masked = Convert.FromHexString("818537fa213d7f9f4d5158");
        Assert.True(FrameHeader.TryRead(masked, out var header, out _));
        Frame.Mask(masked.AsSpan(header.HeaderLength), header.Mask!.Value);
        Assert.Equal("Hello", Encoding.ASCII.GetString(masked[header.HeaderLength..]));
    }

    [Theory]
    [InlineData("818537fa213d")]
    [InlineData("82fe0100aabbccdd")]
    [InlineData("827f0000000000010000")]
    public void HeaderInPieces_IsWaitedFor(string hex)
    {
        var bytes = Convert.FromHexString(hex);

        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.False(FrameHeader.TryRead(bytes.AsSpan(0, i), out _, out var problem));
            Assert.Null(problem);
        }

        Assert.True(FrameHeader.TryRead(bytes, out var header, out _));
        Assert.Equal(bytes.Length, header.HeaderLength);
    }

    [Theory]
    [InlineData("a100", "reserved bits")]
    [InlineData("9100", "reserved bits")]
    [InlineData("8300", "the unknown opcode 3")]
    [InlineData("8b00", "the unknown opcode 11")]
    [InlineData("0900", "a control frame in parts")]
    [InlineData("897e007e", "a control frame that is too long")]
    [InlineData("c800", "a compressed control frame")]
    [InlineData("827e007d", "a length that is not written in the shortest way")]
    [InlineData("827f000000000000ffff", "a length that is not written in the shortest way")]
    [InlineData("827f8000000000000000", "a length beyond all bounds")]
    public void NoFrame_IsToldWhy(string hex, string problem)
    {
        Assert.False(FrameHeader.TryRead(Convert.FromHexString(hex), out _, out var found));
        Assert.Equal(problem, found);
    }

    [Theory]
    [InlineData("", 1005, "")]
    [InlineData("03e8", 1000, "")]
    [InlineData("0bb8627965", 3000, "bye")]
    public void ClosingFrame_IsRead(string hex, int code, string reason) => Assert.Equal(new CloseStatus(code, reason), CloseStatus.Read(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("03")]
    [InlineData("03ed")]
    [InlineData("03ee")]
    [InlineData("03f7")]
    [InlineData("0000")]
    [InlineData("1388")]
    [InlineData("03e8ff")]
    public void ClosingFrameThatIsNone_IsRefused(string hex) => Assert.Null(CloseStatus.Read(Convert.FromHexString(hex)));
}
