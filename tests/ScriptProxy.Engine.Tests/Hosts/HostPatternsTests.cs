using System.Net;
using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tests.Hosts;

public sealed class HostPatternsTests
{
    [Theory]
    [InlineData("*", "anything.example", 80)]
    [InlineData("*:443", "anything.example", 443)]
    [InlineData("example.com", "example.com", 443)]
    [InlineData("example.com", "EXAMPLE.com.", 443)]
    [InlineData("Example.COM", "example.com", 0)]
    [InlineData("example.com:443", "example.com", 443)]
    [InlineData("example.com:8000-8999", "example.com", 8000)]
    [InlineData("example.com:8000-8999", "example.com", 8999)]
    [InlineData("*.example.com", "a.example.com", 443)]
    [InlineData("*.example.com", "a.b.example.com", 443)]
    [InlineData(".example.com", "example.com", 443)]
    [InlineData(".example.com", "a.b.example.com", 443)]
    [InlineData(".com", "example.com", 443)]
    [InlineData("api-*.example.com", "api-7.example.com", 443)]
    [InlineData("api*.example.com", "api.example.com", 443)]
    [InlineData("*.a.*", "x.a.b.c", 443)]
    [InlineData("*cdn*", "my-cdn.example", 443)]
    [InlineData("müller.example", "xn--mller-kva.example", 443)]
    [InlineData("192.0.2.1", "192.0.2.1", 443)]
    [InlineData("192.0.2.1:443", "192.0.2.1", 443)]
    [InlineData("10.0.0.0/8", "10.255.0.1", 443)]
    [InlineData("10.0.0.0/8:443", "10.255.0.1", 443)]
    [InlineData("0.0.0.0/0", "203.0.113.9", 443)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", 443)]
    [InlineData("::1", "0:0:0:0:0:0:0:1", 443)]
    [InlineData("[::1]", "::1", 443)]
    [InlineData("[::1]:443", "::1", 443)]
    [InlineData("fd00::/8", "fd12::1", 443)]
    [InlineData("fd00::/8", "fd12::1%eth0", 443)]
    [InlineData("[fd00::/8]:443", "fd12::1", 443)]
    [InlineData("[fd00::]/8:443", "fd12::1", 443)]
    [InlineData("::/0", "2001:db8::1", 443)]
    [InlineData(@"/^api\d+\./", "API17.example.com", 443)]
    [InlineData(@"/^api\d+\./:443", "api17.example.com", 443)]
    [InlineData("/a/", "bab", 1)]
    public void HostMeant_IsContained(string pattern, string host, int port) => Assert.True(Of(pattern).Contains(host, port));

    [Theory]
    [InlineData("*:443", "anything.example", 80)]
    [InlineData("example.com", "a.example.com", 443)]
    [InlineData("example.com", "badexample.com", 443)]
    [InlineData("example.com:443", "example.com", 80)]
    [InlineData("example.com:443", "example.com", 0)]
    [InlineData("example.com:8000-8999", "example.com", 9000)]
    [InlineData("*.example.com", "example.com", 443)]
    [InlineData("*.example.com", "badexample.com", 443)]
    [InlineData(".example.com", "badexample.com", 443)]
    [InlineData("*.example.com", "example.com.evil.test", 443)]
    [InlineData("api-*.example.com", "api.example.com", 443)]
    [InlineData("*.a.*", "x.b.c", 443)]
    [InlineData("192.0.2.1", "192.0.2.10", 443)]
    [InlineData("10.0.0.0/8", "11.0.0.1", 443)]
    [InlineData("10.0.0.0/8", "10.example.com", 443)]
    [InlineData("10.0.0.0/8", "010.0.0.1", 443)]
    [InlineData("10.0.0.0/8", "10.0.0.1.5", 443)]
    [InlineData("10.0.0.0/8", "10.0.0", 443)]
    [InlineData("10.0.0.0/8", "10.0.0.256", 443)]
    [InlineData("0.0.0.0/0", "2001:db8::1", 443)]
    [InlineData("fd00::/8", "fe80::1", 443)]
    [InlineData(@"/^api\d+\.example\.com$/", "api1.example.com.evil.test", 443)]
    [InlineData("/a/:443", "a", 80)]
    public void HostNotMeant_IsNotContained(string pattern, string host, int port) => Assert.False(Of(pattern).Contains(host, port));

    [Fact]
    public void NameWithSeveralPorts_ContainsEach()
    {
        var patterns = Of("example.com:80", "example.com:443");

        Assert.True(patterns.Contains("example.com", 80));
        Assert.True(patterns.Contains("example.com", 443));
        Assert.False(patterns.Contains("example.com", 8080));
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("fd00::1", false)]
    public void ResolvedAddress_IsComparedWithRanges(string address, bool contained) =>
        Assert.Equal(contained, Of("10.0.0.0/8", "192.0.2.1", "*.example.com").Contains(IPAddress.Parse(address), 443));

    [Fact]
    public void None_ContainsNothing()
    {
        Assert.True(HostPatterns.None.IsEmpty);
        Assert.False(HostPatterns.None.Contains("example.com", 443));
        Assert.False(HostPatterns.None.Contains(IPAddress.Loopback, 443));
    }

    [Fact]
    public void Asking_AllocatesNothing()
    {
        var patterns = Of("example.com", "*.example.org", "10.0.0.0/8", "api-*.test", @"/^x\d+$/");
        Ask(patterns);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++) Ask(patterns);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Ask(HostPatterns patterns)
    {
        patterns.Contains("a.b.example.org", 443);
        patterns.Contains("10.1.2.3", 443);
        patterns.Contains("nothing.at.all.test", 443);
    }

    private static HostPatterns Of(params string[] patterns)
    {
        var problems = new List<string>();
        var made = HostPatterns.Parse("--test", patterns, problems);
        Assert.Empty(problems);
        return made;
    }
}
