using ScriptProxy.Cli.Clients;

namespace ScriptProxy.Tests.Clients;

public class DirectHostsTests
{
    [Fact]
    public void Defaults_AreThisMachineAndTheCluster() =>
        Assert.Equal("localhost,127.0.0.1,::1,[::1],.localhost,.svc,.cluster.local", DirectHosts.Of(null, [], withLoopback: true, withCluster: true).Variable);

    [Fact]
    public void WhatIsPresent_ComesFirstAndIsNotRepeated() =>
        Assert.Equal("corp.example,LOCALHOST,127.0.0.1,::1,[::1],.localhost,10.0.0.0/8,a.test", DirectHosts.Of("corp.example, LOCALHOST", ["10.0.0.0/8,a.test", "corp.example"], withLoopback: true, withCluster: false).Variable);

    [Fact]
    public void WithoutAnything_IsEmpty()
    {
        var hosts = DirectHosts.Of(null, [], withLoopback: false, withCluster: false);

        Assert.Equal("", hosts.Variable);
        Assert.Equal("", hosts.JavaProperty);
    }

    [Theory]
    [InlineData("localhost", "localhost")]
    [InlineData("127.0.0.1", "127.*")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::1", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("corp.example", "corp.example|*.corp.example")]
    [InlineData(".svc", "*.svc")]
    [InlineData("*.corp.example", "*.corp.example")]
    [InlineData("*", "*")]
    [InlineData("10.0.0.0/8", "10.*")]
    [InlineData("192.168.4.0/22", "192.168.4.*|192.168.5.*|192.168.6.*|192.168.7.*")]
    [InlineData("192.0.2.8/31", "192.0.2.8|192.0.2.9")]
    [InlineData("192.0.2.8/32", "192.0.2.8")]
    public void JavaProperty_SaysTheSame(string entry, string expected) => Assert.Equal(expected, DirectHosts.Of(entry, [], false, false).JavaProperty);

    [Fact]
    public void LargeNetwork_IsWrittenAsOctets()
    {
        var networks = DirectHosts.Of("172.16.0.0/12", [], false, false).JavaProperty.Split('|');

        Assert.Equal(16, networks.Length);
        Assert.Equal("172.16.*", networks[0]);
        Assert.Equal("172.31.*", networks[^1]);
    }

    [Theory]
    [InlineData("corp.example:8443")]
    [InlineData("fd00::/8")]
    [InlineData("0.0.0.0/0")]
    public void WhatJavaCannotSay_IsLeftOutRatherThanWidened(string entry) => Assert.Equal("", DirectHosts.Of(entry, [], false, false).JavaProperty);

    [Theory]
    [InlineData("localhost")]
    [InlineData(".svc")]
    [InlineData("*.corp.example")]
    [InlineData("a_b.example:80")]
    [InlineData("10.0.0.0/8")]
    [InlineData("::1")]
    [InlineData("[::1]:80")]
    [InlineData("fd00::/8")]
    [InlineData("*")]
    public void Hosts_AreTaken(string text) => Assert.True(DirectHosts.IsValid(text));

    [Theory]
    [InlineData("")]
    [InlineData("http://a.test")]
    [InlineData("a.test/path")]
    [InlineData("a b")]
    [InlineData("a|b")]
    [InlineData("a'b")]
    [InlineData("a\nb")]
    public void OtherText_IsRefused(string text) => Assert.False(DirectHosts.IsValid(text));
}
