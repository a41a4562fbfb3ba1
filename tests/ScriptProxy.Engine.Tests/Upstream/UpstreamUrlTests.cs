using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Upstream;

public sealed class UpstreamUrlTests
{
    [Theory]
    [InlineData("http://proxy.example:3128", "HttpProxy proxy.example 3128 - ")]
    [InlineData("HTTP://Proxy.Example", "HttpProxy proxy.example 80 - ")]
    [InlineData("https://proxy.example/", "HttpsProxy proxy.example 443 - ")]
    [InlineData("socks5://proxy.example", "Socks5 proxy.example 1080 - ")]
    [InlineData("socks5h://[2001:db8::1]:1", "Socks5Remote 2001:db8::1 1 - ")]
    [InlineData("http://user:pass@proxy.example", "HttpProxy proxy.example 80 user pass")]
    [InlineData("http://user@proxy.example", "HttpProxy proxy.example 80 user ")]
    [InlineData("http://us%40er:p%3Aa%2Fss%25@proxy.example", "HttpProxy proxy.example 80 us@er p:a/ss%")]
    [InlineData("http://caf%C3%A9:a:b@proxy.example", "HttpProxy proxy.example 80 caf\u00E9 a:b")]
    [InlineData("http://a@b:pass@proxy.example", "HttpProxy proxy.example 80 a@b pass")]
    public void Proxy_IsRead(string text, string expected)
    {
        var url = UpstreamUrl.Parse(text, out var problem);

        Assert.Null(problem);
        Assert.Equal(expected, $"{url!.Kind} {url.Host} {url.Port} {url.User ?? "-"} {url.Password}");
    }

    [Theory]
    [InlineData("pac+file:/etc/proxy.pac", "/etc/proxy.pac")]
    [InlineData("pac+file:///etc/a%20b.pac", "/etc/a b.pac")]
    [InlineData("pac+file:proxy.pac", "proxy.pac")]
    [InlineData("pac+http://wpad.example/wpad.dat", "http://wpad.example/wpad.dat")]
    [InlineData("pac+https://wpad.example/proxy.pac?x=1", "https://wpad.example/proxy.pac?x=1")]
    public void Script_IsRead(string text, string expected)
    {
        var url = UpstreamUrl.Parse(text, out var problem);

        Assert.Null(problem);
        Assert.Equal((UpstreamKind.Pac, expected), (url!.Kind, url.Script));
    }

    [Theory]
    [InlineData("proxy.example:3128")]
    [InlineData("ftp://proxy.example")]
    [InlineData("http://")]
    [InlineData("http://proxy.example:0")]
    [InlineData("http://proxy.example:99999")]
    [InlineData("http://proxy.example/path")]
    [InlineData("http://proxy.example?query")]
    [InlineData("http://user:secret@/")]
    [InlineData("http://user:sec/ret@proxy.example")]
    [InlineData("http://user:secret%0d%0aX@proxy.example")]
    [InlineData("http://us%3Aer:secret@proxy.example")]
    [InlineData("http://[fe80::1%25eth0]:3128")]
    [InlineData("socks5://user@proxy.example")]
    [InlineData("pac+file:")]
    [InlineData("pac+ftp://a/b")]
    [InlineData("pac+http://user:secret@a/b")]
    public void WrongUrl_IsExplainedWithoutItsSecrets(string text)
    {
        Assert.Null(UpstreamUrl.Parse(text, out var problem));

        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsShown_HasNoCredentials()
    {
        var url = UpstreamUrl.Parse("https://user:secret@proxy.example:3128", out _);

        Assert.Equal("https://proxy.example:3128 https://proxy.example:3128", $"{url!.Shown} {url}");
    }
}
