using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>
/// NO_PROXY against what curl 8 (lib/noproxy.c) and Go (golang.org/x/net/http/httpproxy) do. Where they agree so do we; where they differ the row
/// says which one is followed, as docs/upstreams.md does.
/// </summary>
public sealed class NoProxyListTests
{
    [Theory]

    // Both agree.
    [InlineData("example.com", "example.com", 80, true)]
    [InlineData("example.com", "www.example.com", 80, true)]
    [InlineData("example.com", "a.b.example.com", 80, true)]
    [InlineData("example.com", "notexample.com", 80, false)]
    [InlineData("example.com", "example.com.evil", 80, false)]
    [InlineData("EXAMPLE.com", "example.com", 80, true)]
    [InlineData(".example.com", "www.example.com", 80, true)]
    [InlineData("a.test, b.test", "b.test", 80, true)]
    [InlineData("a.test,,b.test", "b.test", 80, true)]
    [InlineData("*", "anything.test", 80, true)]
    [InlineData("*", "192.0.2.1", 80, true)]
    [InlineData("", "example.com", 80, false)]
    [InlineData(",", "example.com", 80, false)]
    [InlineData("192.0.2.1", "192.0.2.1", 80, true)]
    [InlineData("192.0.2.1", "192.0.2.10", 80, false)]
    [InlineData("10.0.0.0/8", "10.200.0.1", 80, true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", 80, false)]
    [InlineData("10.0.0.0/8", "10.example.com", 80, false)]
    [InlineData("10.1.2.3/8", "10.9.9.9", 80, true)]
    [InlineData("10.0.0.0/33", "10.0.0.1", 80, false)]
    [InlineData("2001:db8::/32", "2001:db8::1", 80, true)]
    [InlineData("2001:db8::/32", "2001:db9::1", 80, false)]
    [InlineData("2001:db8::1", "2001:db8:0:0::1", 80, true)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 80, true)]

    // Go: a dot in front means only what is below. curl: it means nothing. Followed: curl.
    [InlineData(".example.com", "example.com", 80, true)]

    // curl: a trailing dot means nothing. Go compares it. Followed: curl.
    [InlineData("example.com.", "example.com", 80, true)]
    [InlineData("example.com", "example.com.", 80, true)]

    // curl separates by spaces as well as commas, Go does not. Followed: curl.
    [InlineData("a.test b.test", "b.test", 80, true)]

    // Go: *.example.com is what is below. curl compares it as a name. Followed: Go.
    [InlineData("*.example.com", "www.example.com", 80, true)]
    [InlineData("*.example.com", "example.com", 80, false)]

    // Go: * among others is for everything. curl: only alone. Followed: Go.
    [InlineData("a.test,*", "b.test", 80, true)]

    // Go knows ports, curl does not. Followed: Go.
    [InlineData("example.com:8080", "example.com", 8080, true)]
    [InlineData("example.com:8080", "www.example.com", 8080, true)]
    [InlineData("example.com:8080", "example.com", 80, false)]
    [InlineData("192.0.2.1:8080", "192.0.2.1", 8080, true)]
    [InlineData("192.0.2.1:8080", "192.0.2.1", 80, false)]
    [InlineData("[2001:db8::1]:8080", "2001:db8::1", 80, false)]

    // Go never sends loopback through a proxy, curl does. Followed: Go.
    [InlineData("", "localhost", 80, true)]
    [InlineData("", "localhost.", 80, true)]
    [InlineData("", "127.0.0.1", 80, true)]
    [InlineData("", "127.8.9.10", 80, true)]
    [InlineData("", "::1", 80, true)]
    [InlineData("", "localhost.example", 80, false)]
    public void Destination_IsExemptOrNot(string list, string host, int port, bool expected) =>
        Assert.Equal(expected, new NoProxyList(list).Contains(host, port));

    [Fact]
    public void SeveralLists_Add() => Assert.True(new NoProxyList("a.test", "b.test,c.test").Contains("c.test", 443));
}
