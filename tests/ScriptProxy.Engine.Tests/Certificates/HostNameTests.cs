using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("Example.COM", "example.com")]
    [InlineData("example.com.", "example.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("_dmarc.a-.example", "_dmarc.a-.example")]
    [InlineData("0x7f.1", "0x7f.1")]
    [InlineData("127.1", "127.1")]
    [InlineData("2130706433", "2130706433")]
    public void DnsName_IsNormalised(string host, string expected)
    {
        var name = HostName.Parse(host);

        Assert.Equal(expected, name.Text);
        Assert.Null(name.Address);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1")]
    [InlineData("fe80::1%1", "fe80::1")]
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.1")]
    public void Address_IsCanonical(string host, string expected)
    {
        var name = HostName.Parse(host);

        Assert.Equal(expected, name.Text);
        Assert.Equal(expected, name.Address?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".example")]
    [InlineData("a b.example")]
    [InlineData("a\u0000.example")]
    [InlineData("bücher.example")]
    [InlineData("*.example")]
    [InlineData("../../etc/passwd")]
    [InlineData("example.com:443")]
    [InlineData("[::1]")]
    [InlineData("::1::2")]
    [InlineData("a\r\nb")]
    public void NeitherNameNorAddress_IsRefused(string host)
    {
        var exception = Assert.Throws<InvalidHostNameException>(() => HostName.Parse(host));

        Assert.DoesNotContain('\n', exception.Message);
        Assert.DoesNotContain('\0', exception.Message);
    }

    [Fact]
    public void Length_IsBounded()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));

        Assert.Equal(253, HostName.Parse(longest).Text.Length);
        Assert.Throws<InvalidHostNameException>(() => HostName.Parse(longest + "d"));
        Assert.Throws<InvalidHostNameException>(() => HostName.Parse(new string('a', 64) + ".example"));
    }
}
