using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tests.Tls;

public sealed class ClientHelloMalformedTests
{
    private static readonly byte[] GoodBody = new HelloBuilder().WithServerName("a.example").WithAlpn("h2").Body();

    private static readonly Dictionary<string, byte[]> Corpus = new()
    {
        ["record: empty"] = HelloBuilder.Record(22, []),
        ["record: longer than 16 KiB"] = [22, 3, 1, 0x40, 0x01],
        ["record: another type in between"] = [.. HelloBuilder.Record(22, [1, 0, 0, 60]), .. HelloBuilder.Record(21, [2, 40])],
        ["record: another protocol in between"] = [.. HelloBuilder.Record(22, [1, 0, 0, 60]), .. "GET "u8],
        ["record: empty in between"] = [.. HelloBuilder.Record(22, [1, 0, 0, 60]), .. HelloBuilder.Record(22, [])],
        ["message: ServerHello"] = HelloBuilder.Records(HelloBuilder.Message(2, GoodBody), 100),
        ["message: HelloRequest"] = HelloBuilder.Record(22, [0, 0, 0, 0]),
        ["message: empty"] = HelloBuilder.Record(22, [1, 0, 0, 0]),
        ["message: longer than its body"] = HelloBuilder.Records(HelloBuilder.Message(1, [.. GoodBody, 0]), 1000),
        ["message: another one in the same record"] = HelloBuilder.Record(22, [.. HelloBuilder.Message(1, GoodBody), 1, 0]),
        ["message: shorter than its body"] = HelloBuilder.Records(HelloBuilder.Message(1, GoodBody[..^1]), 1000),
        ["message: 16 MiB"] = HelloBuilder.Record(22, [1, 0xff, 0xff, 0xff, 3, 3]),
        ["version: SSL 2"] = new HelloBuilder { Version = 0x0200 }.Bytes(),
        ["version: DTLS"] = new HelloBuilder { Version = 0xfefd }.Bytes(),
        ["random: cut"] = HelloBuilder.Records(HelloBuilder.Message(1, GoodBody[..20]), 1000),
        ["session id: too long"] = new HelloBuilder { SessionId = new byte[33] }.Bytes(),
        ["cipher suites: none"] = new HelloBuilder { CipherSuites = [] }.Bytes(),
        ["cipher suites: odd length"] = new HelloBuilder { CipherSuites = [0x13, 0x01, 0x13] }.Bytes(),
        ["compression: none"] = new HelloBuilder { Compression = [] }.Bytes(),
        ["extensions: cut type"] = new HelloBuilder { HasExtensions = false }.Tail(0, 1, 0),
        ["extensions: list longer than the message"] = new HelloBuilder { HasExtensions = false }.Tail(0, 9, 0, 23, 0, 0),
        ["extensions: bytes behind the list"] = new HelloBuilder { HasExtensions = false }.Tail(0, 4, 0, 23, 0, 0, 0),
        ["extensions: one longer than the list"] = new HelloBuilder { HasExtensions = false }.Tail(0, 4, 0, 23, 0, 1),
        ["extensions: the same twice"] = new HelloBuilder().With(23).With(23).Bytes(),
        ["extensions: server_name twice"] = new HelloBuilder().WithServerName("a.example").WithServerName("b.example").Bytes(),
        ["server_name: empty"] = new HelloBuilder().With(0).Bytes(),
        ["server_name: empty list"] = new HelloBuilder().With(0, 0, 0).Bytes(),
        ["server_name: empty name"] = new HelloBuilder().WithServerName("").Bytes(),
        ["server_name: two names"] = new HelloBuilder().With(0, 0, 8, 0, 0, 1, 97, 0, 0, 1, 98).Bytes(),
        ["server_name: another kind of name"] = new HelloBuilder().With(0, 0, 4, 1, 0, 1, 97).Bytes(),
        ["server_name: bytes behind"] = new HelloBuilder().With(0, 0, 4, 0, 0, 1, 97, 0).Bytes(),
        ["server_name: NUL"] = new HelloBuilder().WithServerName("a.example\0.b").Bytes(),
        ["server_name: line break"] = new HelloBuilder().WithServerName("a\r\nX: y").Bytes(),
        ["server_name: space"] = new HelloBuilder().WithServerName("a b").Bytes(),
        ["server_name: slash"] = new HelloBuilder().WithServerName("../a").Bytes(),
        ["server_name: port"] = new HelloBuilder().WithServerName("a.example:443").Bytes(),
        ["server_name: outside ASCII"] = new HelloBuilder().WithServerName("b\u00fccher.example").Bytes(),
        ["server_name: 254 characters"] = new HelloBuilder().WithServerName(string.Join('.', Enumerable.Repeat(new string('a', 50), 5))).Bytes(),
        ["alpn: empty"] = new HelloBuilder().With(16).Bytes(),
        ["alpn: empty list"] = new HelloBuilder().With(16, 0, 0).Bytes(),
        ["alpn: empty name"] = new HelloBuilder().WithAlpn("h2", "").Bytes(),
        ["alpn: name longer than the list"] = new HelloBuilder().With(16, 0, 3, 3, 104, 50).Bytes(),
        ["alpn: list shorter than the data"] = new HelloBuilder().With(16, 0, 3, 2, 104, 50, 0).Bytes(),
        ["versions: empty list"] = new HelloBuilder().With(43, 0).Bytes(),
        ["versions: odd length"] = new HelloBuilder().With(43, 3, 3, 4, 3).Bytes(),
        ["groups: empty list"] = new HelloBuilder().With(10, 0, 0).Bytes(),
        ["point formats: empty list"] = new HelloBuilder().With(11, 0).Bytes(),
        ["signature algorithms: empty list"] = new HelloBuilder().With(13, 0, 0).Bytes(),
        ["signature algorithms: odd length"] = new HelloBuilder().With(13, 0, 1, 4).Bytes(),
    };

    public static TheoryData<string> Names => [.. Corpus.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Malformed_IsRefusedInOnePieceAndInMany(string name)
    {
        var bytes = Corpus[name];

        Assert.Equal(ClientHelloStatus.Malformed, ClientHelloReader.TryRead(bytes, out var content));
        Assert.Same(ClientHelloContent.Empty, content);

        for (var length = 0; length < bytes.Length; length++)
            Assert.Contains(ClientHelloReader.TryRead(bytes.AsSpan(0, length), out _), new[] { ClientHelloStatus.NeedMore, ClientHelloStatus.Malformed });
    }

    [Fact]
    public void EveryByteChanged_NeverThrows()
    {
        var good = new HelloBuilder().WithServerName("a.example").WithAlpn("h2", "http/1.1").WithVersions(0x0304).Bytes(recordLength: 40);
        var statuses = new HashSet<ClientHelloStatus>();
        for (var index = 0; index < good.Length; index++)
        {
            var changed = (byte[])good.Clone();
            for (var value = 0; value < 256; value++)
            {
                changed[index] = (byte)value;
                statuses.Add(ReadChecked(changed));
            }
        }

        Assert.Equal(4, statuses.Count);
    }

    [Fact]
    public void RandomDamage_NeverThrows()
    {
        var random = new Random(8446);
        var good = new HelloBuilder().WithServerName("a.example").WithAlpn("h2", "http/1.1").WithVersions(0x0304, 0x0303).With(21, new byte[40]).Bytes(recordLength: 70);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.ToList();
            for (var damage = random.Next(1, 6); damage > 0; damage--)
            {
                var index = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[index] = (byte)random.Next(256); break;
                    case 1: bytes.Insert(index, (byte)random.Next(256)); break;
                    case 2: bytes.RemoveAt(index); break;
                    default: bytes[index] ^= (byte)(1 << random.Next(8)); break;
                }
            }

            ReadChecked([.. bytes]);
        }
    }

    /// <summary>Whatever was read is fit to be used.</summary>
    private static ClientHelloStatus ReadChecked(byte[] bytes)
    {
        var status = ClientHelloReader.TryRead(bytes, out var content);
        if (content.ServerName is { } name) Assert.Matches("^[-_.a-z0-9]+$", name);
        if (status == ClientHelloStatus.Complete) Assert.NotEmpty(content.Fingerprint.Ja4);
        else Assert.Same(ClientHelloContent.Empty, content);
        return status;
    }
}
