using System.Net;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tests.Tls;

public sealed class ClientHelloReaderTests
{
    private static HelloBuilder Typical() => new HelloBuilder { CipherSuites = HelloBuilder.Numbers(0x3a3a, 0x1301, 0x1302, 0xc02b) }
        .With(0x8a8a)
        .WithServerName("Www.Example.com")
        .With(23)
        .With(10, HelloBuilder.Vector16(HelloBuilder.Numbers(0x4a4a, 0x11ec, 0x001d)))
        .With(11, HelloBuilder.Vector8([0]))
        .WithAlpn("h2", "http/1.1")
        .With(13, HelloBuilder.Vector16(HelloBuilder.Numbers(0x0403, 0x0804)))
        .WithVersions(0x5a5a, 0x0304, 0x0303)
        .With(0x1a1a, 0);

    [Fact]
    public void Complete_TellsWhatIsOffered()
    {
        var status = ClientHelloReader.TryRead(Typical().Bytes(), out var content);

        Assert.Equal(ClientHelloStatus.Complete, status);
        Assert.Equal("www.example.com", content.ServerName);
        Assert.Equal(["h2", "http/1.1"], content.ApplicationProtocols);
        Assert.Equal([0x0304, 0x0303], content.Versions);
        Assert.Equal([0x1301, 0x1302, 0xc02b], content.CipherSuites);
        Assert.True(content.OffersHttp2);
    }

    [Fact]
    public void Complete_FillsWhatAddonsSee()
    {
        ClientHelloReader.TryRead(Typical().Bytes(), out var content);
        var client = new ClientConnection("1", new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2), DateTimeOffset.UnixEpoch);

        var hello = content.ToClientHello(client, "example.com", 443);

        Assert.Same(client, hello.Client);
        Assert.Equal(("example.com", 443, "www.example.com"), (hello.Host, hello.Port, hello.ServerName));
        Assert.Equal(content.ApplicationProtocols, hello.ApplicationProtocols);
        Assert.Equal(content.Versions, hello.Versions);
        Assert.Equal(content.CipherSuites, hello.CipherSuites);
        Assert.StartsWith("t13d0307h2_", hello.Ja4, StringComparison.Ordinal);
        Assert.Equal("771,4865-4866-49195,0-23-10-11-16-13-43,4588-29,0", content.Fingerprint.Ja3Text);
        Assert.Equal(32, hello.Ja3.Length);
    }

    [Fact]
    public void CutAtEveryOffset_NeedsMore()
    {
        var bytes = Typical().Bytes(recordLength: 50);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ClientHelloStatus.NeedMore, ClientHelloReader.TryRead(bytes.AsSpan(0, length), out var content));
            Assert.Same(ClientHelloContent.Empty, content);
        }
    }

    [Fact]
    public void RecordsOfAnyLength_ReadTheSame()
    {
        var hello = Typical();
        ClientHelloReader.TryRead(hello.Bytes(), out var expected);
        for (var recordLength = 1; recordLength < hello.Body().Length; recordLength++)
        {
            Assert.Equal(ClientHelloStatus.Complete, ClientHelloReader.TryRead(hello.Bytes(recordLength), out var content));
            Assert.Equal(expected.ServerName, content.ServerName);
            Assert.Equal(expected.Fingerprint.Ja4, content.Fingerprint.Ja4);
        }
    }

    [Fact]
    public void RecordsBehindTheHello_AreNotLookedAt()
    {
        byte[] bytes = [.. Typical().Bytes(), .. HelloBuilder.Record(20, [1]), 0xff, 0xff];

        Assert.Equal(ClientHelloStatus.Complete, ClientHelloReader.TryRead(bytes, out _));
    }

    [Fact]
    public void WithoutExtensions_OffersTheVersionOfTheMessage()
    {
        var status = ClientHelloReader.TryRead(new HelloBuilder { Version = 0x0302, HasExtensions = false }.Bytes(), out var content);

        Assert.Equal(ClientHelloStatus.Complete, status);
        Assert.Null(content.ServerName);
        Assert.Empty(content.ApplicationProtocols);
        Assert.Equal([0x0302], content.Versions);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    public void AddressAsServerName_CountsAsNone(string address)
    {
        Assert.Equal(ClientHelloStatus.Complete, ClientHelloReader.TryRead(new HelloBuilder().WithServerName(address).Bytes(), out var content));
        Assert.Null(content.ServerName);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("SSH-2.0-x\r\n")]
    [InlineData("\u0080\u002e\u0001\u0003\u0001")]
    [InlineData("\u0016\u0002\u0000")]
    [InlineData("\u0015\u0003\u0001")]
    [InlineData("\0")]
    public void OtherProtocols_AreNotTls(string text)
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(text);

        Assert.Equal(ClientHelloStatus.NotTls, ClientHelloReader.TryRead(bytes, out var content));
        Assert.Same(ClientHelloContent.Empty, content);
    }

    [Fact]
    public void LongHello_IsReadUpToTheLimit()
    {
        var fits = new HelloBuilder().With(21, new byte[60 * 1024]);
        Assert.Equal(ClientHelloStatus.Complete, ClientHelloReader.TryRead(fits.Bytes(), out _));

        // Refused when its length is known, before it has all arrived.
        byte[] tooLong = [1, 1, 0, 0, 3, 3];
        Assert.Equal(ClientHelloStatus.Malformed, ClientHelloReader.TryRead(HelloBuilder.Record(22, tooLong), out _));

        // Refused when its records make it too long.
        Assert.Equal(ClientHelloStatus.Malformed, ClientHelloReader.TryRead(fits.Bytes(recordLength: 1), out _));
    }
}
