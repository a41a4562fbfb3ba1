using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class AuthorityTests
{
    [Theory]
    [InlineData("a", 80, "a", 80)]
    [InlineData("EXAMPLE.Com:8080", 80, "example.com", 8080)]
    [InlineData("a:", 80, "a", 80)]
    [InlineData("a:1", 0, "a", 1)]
    [InlineData("a:65535", 0, "a", 65535)]
    [InlineData("a:00080", 0, "a", 80)]
    [InlineData("127.0.0.1:443", 0, "127.0.0.1", 443)]
    [InlineData("[::1]", 443, "::1", 443)]
    [InlineData("[2001:DB8::A]:443", 0, "2001:db8::a", 443)]
    [InlineData("[::ffff:127.0.0.1]:1", 0, "::ffff:127.0.0.1", 1)]
    [InlineData("we_ird!host~1", 80, "we_ird!host~1", 80)]
    public void GoodAuthority_Read(string text, int defaultPort, string host, int port)
    {
        Assert.True(Authority.TryParse(Heads.Bytes(text), defaultPort, out var readHost, out var readPort));
        Assert.Equal((host, port), (readHost, readPort));
        Assert.True(Authority.TryParse(text, defaultPort, out readHost, out readPort));
        Assert.Equal((host, port), (readHost, readPort));
    }

    [Theory]
    [InlineData("", 80)]
    [InlineData(":80", 80)]
    [InlineData("a", 0)]
    [InlineData("a:", 0)]
    [InlineData("a:0", 80)]
    [InlineData("a:65536", 80)]
    [InlineData("a:000080", 80)]
    [InlineData("a:8o", 80)]
    [InlineData("a:+80", 80)]
    [InlineData("a: 80", 80)]
    [InlineData("a:80:81", 80)]
    [InlineData("a:80/", 80)]
    [InlineData("u@a:80", 80)]
    [InlineData("u:p@a", 80)]
    [InlineData("a b", 80)]
    [InlineData("a%41", 80)]
    [InlineData("a/b", 80)]
    [InlineData("a\\b", 80)]
    [InlineData("a?b", 80)]
    [InlineData("a#b", 80)]
    [InlineData("a\u0001", 80)]
    [InlineData("caf\u00E9", 80)]
    [InlineData("::1", 80)]
    [InlineData("[::1", 80)]
    [InlineData("::1]", 80)]
    [InlineData("[]", 80)]
    [InlineData("[::g]", 80)]
    [InlineData("[1.2.3.4]", 80)]
    [InlineData("[::1]x", 80)]
    [InlineData("[::1]:x", 80)]
    [InlineData("[[::1]]", 80)]
    public void BadAuthority_Refused(string text, int defaultPort)
    {
        Assert.False(Authority.TryParse(Heads.Bytes(text), defaultPort, out _, out _));
        Assert.False(Authority.TryParse(text, defaultPort, out _, out _));
    }

    [Fact]
    public void LongHost_Refused()
    {
        Assert.True(Authority.TryParse(new string('a', 255), 80, out _, out _));
        Assert.False(Authority.TryParse(new string('a', 256), 80, out _, out _));
    }

    [Theory]
    [InlineData("a", 80, 80, "a")]
    [InlineData("a", 81, 80, "a:81")]
    [InlineData("a", 80, 0, "a:80")]
    [InlineData("::1", 443, 443, "[::1]")]
    [InlineData("::1", 1, 443, "[::1]:1")]
    public void Format_BracketsIPv6AndLeavesTheDefaultPortOut(string host, int port, int defaultPort, string text) =>
        Assert.Equal(text, Authority.Format(host, port, defaultPort));

    [Theory]
    [InlineData("a.test", true)]
    [InlineData("::1", true)]
    [InlineData("1.2.3.4", true)]
    [InlineData("", false)]
    [InlineData("a:80", false)]
    [InlineData("[::1]", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("caf\u00E9", false)]
    public void IsHost_TakesNamesAndAddressesAlone(string text, bool isHost) => Assert.Equal(isHost, Authority.IsHost(text));
}
