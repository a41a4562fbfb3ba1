using System.Buffers;
using System.Text;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>permessage-deflate (RFC 7692).</summary>
public sealed class CompressionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Messages_ComeBackAsTheyWent(bool keepsContext)
    {
        using var deflater = new MessageDeflater(keepsContext);
        using var inflater = new MessageInflater(keepsContext);
        var first = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} ")));

        foreach (var message in new[] { first, [], first, "x"u8.ToArray(), new byte[100_000] })
        {
            var compressed = deflater.Deflate(message);
            Assert.Equal(message, Inflate(inflater, compressed));
        }
    }

    [Fact]
    public void ContextThatIsKept_ShortensWhatIsRepeated()
    {
        using var deflater = new MessageDeflater(keepsContext: true);
        var message = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"{i} ")));

        var first = deflater.Deflate(message);

        Assert.True(deflater.Deflate(message).Length < first.Length / 2);
    }

    [Theory]
    [InlineData("f248cdc9c90700", "Hello")]
    [InlineData("000500faff48656c6c6f00", "Hello")]
    [InlineData("f348cdc9c9070000", "Hello")]
    [InlineData("f248050000 00ffff cac9c90700", "Hello")]
    public void ExamplesOfTheRfc_AreInflated(string hex, string text)
    {
        using var inflater = new MessageInflater(keepsContext: true);

        Assert.Equal(text, Encoding.ASCII.GetString(Inflate(inflater, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BlocksAfterOneThatSaysItIsTheLast_AreNotLeftOut(bool keepsContext)
    {
        using var inflater = new MessageInflater(keepsContext);
        var words = string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i * 7919} "));

        for (var i = 0; i < 3; i++)
        {
            // Each part ends its stream; the last one is followed by the header of an empty block, as §7.2.3.4 has it.
            byte[] payload = [.. Ended("seen "), .. Ended(words), .. Ended("hidden"), 0];
            Assert.Equal($"seen {words}hidden", Encoding.ASCII.GetString(Inflate(inflater, payload)));
        }
    }

    [Fact]
    public void MessageAfterOneWithSuchBlocks_MayReferToIt()
    {
        using var deflater = new MessageDeflater(keepsContext: true);
        using var inflater = new MessageInflater(keepsContext: true);
        var text = string.Concat(Enumerable.Range(0, 500).Select(i => $"{i} "));

        Assert.Equal(text, Encoding.ASCII.GetString(Inflate(inflater, deflater.Deflate(Encoding.ASCII.GetBytes(text)))));
        Assert.Equal("between", Encoding.ASCII.GetString(Inflate(inflater, [.. Ended("bet"), .. Ended("ween"), 0])));
        Assert.Equal("Hello", Encoding.ASCII.GetString(Inflate(inflater, Convert.FromHexString("f248cdc9c90700"))));

        // "Hello" again, as a reference to the message before (§7.2.3.2).
        Assert.Equal("Hello", Encoding.ASCII.GetString(Inflate(inflater, Convert.FromHexString("f200110000"))));
    }

    [Theory]
    [InlineData("f348cdc9c90700 07")]
    [InlineData("f348cdc9c90700 0300")]
    [InlineData("f348cdc9c90700 0400fdff")]
    public void NonsenseAfterSuchABlock_IsRefused(string hex)
    {
        using var inflater = new MessageInflater(keepsContext: true);
        var output = new ArrayBufferWriter<byte>();

        Assert.Equal(CloseStatus.InvalidPayload, inflater.Inflate(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), 1000, output)?.Code);
    }

    [Fact]
    public void SecondMessageOfTheRfc_RefersToTheFirst()
    {
        using var inflater = new MessageInflater(keepsContext: true);

        Assert.Equal("Hello"u8.ToArray(), Inflate(inflater, Convert.FromHexString("f248cdc9c90700")));
        Assert.Equal("Hello"u8.ToArray(), Inflate(inflater, Convert.FromHexString("f200110000")));
    }

    [Fact]
    public void MessageAfterOneThatEndedItsStream_IsInflated()
    {
        using var inflater = new MessageInflater(keepsContext: true);

        Assert.Equal("Hello"u8.ToArray(), Inflate(inflater, Convert.FromHexString("f348cdc9c9070000")));
        Assert.Equal("Hello"u8.ToArray(), Inflate(inflater, Convert.FromHexString("f248cdc9c90700")));
    }

    [Fact]
    public void MessageThatGrowsTooLarge_IsRefused()
    {
        using var deflater = new MessageDeflater(keepsContext: false);
        using var inflater = new MessageInflater(keepsContext: false);

        Assert.Equal(CloseStatus.TooBig, inflater.Inflate(deflater.Deflate(new byte[10_000_000]), 1_000_000, new ArrayBufferWriter<byte>())!.Code);
    }

    [Fact]
    public void DamagedMessage_IsRefused()
    {
        using var inflater = new MessageInflater(keepsContext: true);

        Assert.Equal(CloseStatus.InvalidPayload, inflater.Inflate(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, 1000, new ArrayBufferWriter<byte>())!.Code);
    }

    [Theory]
    [InlineData("permessage-deflate", false, false, 15, 15)]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover", true, true, 15, 15)]
    [InlineData("PerMessage-Deflate;server_max_window_bits=10 ; client_max_window_bits=\"9\"", false, false, 10, 9)]
    public void Answer_IsRead(string field, bool serverForgets, bool clientForgets, int serverBits, int clientBits)
    {
        Assert.True(DeflateParameters.TryRead(field, out var read));
        Assert.Equal((serverForgets, clientForgets, serverBits, clientBits), (read!.ServerNoContextTakeover, read.ClientNoContextTakeover, read.ServerMaxWindowBits, read.ClientMaxWindowBits));
    }

    [Theory]
    [InlineData("x-webkit-deflate-frame")]
    [InlineData("permessage-deflate, permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=7")]
    [InlineData("permessage-deflate; client_max_window_bits")]
    [InlineData("permessage-deflate; server_no_context_takeover=1")]
    [InlineData("permessage-deflate; odd")]
    public void AnswerThatCannotBeRead_IsRefused(string field) => Assert.False(DeflateParameters.TryRead(field, out _));

    [Theory]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits")]
    [InlineData("x-odd; a=1, permessage-deflate;b, y", "permessage-deflate;b")]
    [InlineData("x-odd", null)]
    public void Offer_KeepsWhatCanBeRead(string field, string? kept) => Assert.Equal(kept, DeflateParameters.Filter(field));

    private static byte[] Inflate(MessageInflater inflater, byte[] compressed)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Null(inflater.Inflate(compressed, 1_000_000, output));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A whole DEFLATE stream.</summary>
    private static byte[] Ended(string text)
    {
        var bytes = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(bytes, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(Encoding.ASCII.GetBytes(text));
        return bytes.ToArray();
    }
}
