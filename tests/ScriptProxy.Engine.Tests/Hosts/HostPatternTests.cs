using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tests.Hosts;

public sealed class HostPatternTests
{
    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("https://example.com", "it is a URL")]
    [InlineData("example.com/path", "not an IP address")]
    [InlineData("a..b", "an empty part")]
    [InlineData("exa mple.com", "' ' cannot be part of a host name")]
    [InlineData("ex\u001bample", "'\\u001b' cannot")]
    [InlineData("example.com:0", "\":0\" is not a port")]
    [InlineData("example.com:http", "\":http\" is not a port")]
    [InlineData("example.com:99999", "is not a port")]
    [InlineData("example.com:90-80", "is not a port")]
    [InlineData(":443", "Write *:443 for every host")]
    [InlineData("10.0.0.0/33", "not 0 to 32")]
    [InlineData("fd00::/129", "not 0 to 128")]
    [InlineData("10.1.0.0/8", "Write 10.0.0.0/8 for the range, or 10.1.0.0 for the one address")]
    [InlineData("fd00::1/8", "Write fd00::/8 for the range")]
    [InlineData("[::1", "a bracket is missing")]
    [InlineData("[::1]x", "not an IP address")]
    [InlineData("1:2:3", "not an IP address")]
    [InlineData("/abc", "does not end with a slash")]
    [InlineData("/a(/", "not a regular expression of .NET")]
    [InlineData("/(?=a)b/", "looks around or back")]
    [InlineData("/a/x", "\"x\" is not a port")]
    public void NotAPattern_SaysWhatToWrite(string text, string problem)
    {
        var parsed = HostPattern.TryParse(text, out _, out var said);

        Assert.False(parsed);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralProblems_NameOptionAndPattern()
    {
        var problems = new List<string>();

        var patterns = HostPatterns.Parse("--ignore", ["good.example", "bad..example", "10.0.0.0/40"], problems);

        Assert.True(patterns.Contains("good.example", 443));
        Assert.Equal(2, problems.Count);
        Assert.StartsWith("--ignore \"bad..example\": ", problems[0], StringComparison.Ordinal);
        Assert.StartsWith("--ignore \"10.0.0.0/40\": ", problems[1], StringComparison.Ordinal);
    }
}
