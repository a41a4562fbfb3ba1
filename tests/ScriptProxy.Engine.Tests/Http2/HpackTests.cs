using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Field blocks (RFC 7541), by the examples of its Appendix C.</summary>
public sealed class HpackTests
{
    [Fact]
    public void RequestsWithoutHuffman_AreDecoded()
    {
        var decoder = new HpackDecoder(4096, 1000);

        Assert.Equal(":method: GET|:scheme: http|:path: /|:authority: www.example.com", Decode(decoder, "828684410f7777772e6578616d706c652e636f6d"));
        Assert.Equal(":method: GET|:scheme: http|:path: /|:authority: www.example.com|cache-control: no-cache", Decode(decoder, "828684be58086e6f2d6361636865"));
        Assert.Equal(":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value", Decode(decoder, "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"));
    }

    [Fact]
    public void ResponsesWithHuffmanAndEviction_AreDecoded()
    {
        var decoder = new HpackDecoder(256, 1000);

        Assert.Equal(
            ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
            Decode(decoder, "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"));
        Assert.Equal(
            ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
            Decode(decoder, "4883640effc1c0bf"));
        Assert.Equal(
            ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|content-encoding: gzip|" +
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            Decode(decoder, "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
    }

    [Fact]
    public void EveryByteInHuffman_IsDecoded()
    {
        // 'a' is 00011, so eight of them fill five bytes.
        var output = new byte[16];
        Assert.Equal(8, HuffmanCode.Decode(Convert.FromHexString("18c6318c63"), output));
        Assert.Equal("aaaaaaaa"u8, output.AsSpan(0, 8));
    }

    [Theory]
    [InlineData("ffffffff")] // the code that ends strings
    [InlineData("18c6318c63ff")] // more than seven bits of padding
    [InlineData("00")] // padding of zeros
    public void BadHuffman_IsRefused(string coded) => Assert.Equal(-1, HuffmanCode.Decode(Convert.FromHexString(coded), new byte[16]));

    [Theory]
    [InlineData("80")]
    [InlineData("be")]
    [InlineData("ff")]
    [InlineData("ffffffffff7f")]
    [InlineData("0001")]
    [InlineData("00016105")]
    [InlineData("3fe21f")]
    [InlineData("8820")]
    [InlineData("7e0161")]
    public void BadBlock_IsRefused(string block) => Assert.Throws<HpackException>(() => Decode(new HpackDecoder(4096, 1000), block));

    [Fact]
    public void StringBeyondTheLimit_IsRefused() => Assert.Throws<HpackException>(() => Decode(new HpackDecoder(4096, 10), "00" + "0161" + "0b" + new string('6', 22)));

    [Fact]
    public void WhatIsWritten_IsReadAsItWas()
    {
        using var output = new WireBuffer();
        HpackWriter.WriteNoTable(output);
        HpackWriter.WriteIndexed(output, 2);
        HpackWriter.WriteValue(output, 4, "/path"u8);
        HpackWriter.Write(output, "User-Agent"u8, "x"u8);
        HpackWriter.Write(output, "X-Own"u8, new byte[1000]);
        HpackWriter.Write(output, "Authorization"u8, "secret"u8);
        var lines = new FieldLines();

        new HpackDecoder(4096, 10_000).Decode(output.Written.Span, lines);

        Assert.Equal([":method: GET", ":path: /path", "user-agent: x", $"x-own: {new string('\0', 1000)}", "authorization: secret"], lines.Lines);
    }

    [Fact]
    public void Secrets_AreNeverIndexed()
    {
        using var output = new WireBuffer();
        HpackWriter.Write(output, "cookie"u8, "a=1"u8);

        Assert.Equal(0x10, output.Written.Span[0] & 0xF0);
    }

    private static string Decode(HpackDecoder decoder, string block)
    {
        var lines = new FieldLines();
        decoder.Decode(Convert.FromHexString(block), lines);
        return string.Join('|', lines.Lines);
    }
}
