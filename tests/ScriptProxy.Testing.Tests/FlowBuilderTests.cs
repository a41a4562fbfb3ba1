using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace ScriptProxy.Testing.Tests;

public class FlowBuilderTests
{
    [Fact]
    public void Url_BecomesTheRequest()
    {
        var flow = FlowBuilder.Get("https://Origin.test:8443/a%2Fb?c=d%20e").Build();

        Assert.Equal("GET", flow.Request.Method);
        Assert.Equal("https", flow.Request.Scheme);
        Assert.Equal("origin.test", flow.Request.Host);
        Assert.Equal(8443, flow.Request.Port);
        Assert.Equal("/a%2Fb?c=d%20e", flow.Request.Target);
        Assert.Equal("origin.test:8443", flow.Request.Headers["Host"]);
        Assert.Equal(HttpVersion.Version11, flow.Request.HttpVersion);
        Assert.Null(flow.Response);
    }

    [Fact]
    public void Headers_KeepOrderCaseAndDuplicates()
    {
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("x-B", "1").WithHeader("A", "2").WithHeader("X-b", "3").Build();

        Assert.Equal(["Host: origin.test", "x-B: 1", "A: 2", "X-b: 3"], flow.Request.Headers.Select(line => $"{line.Key}: {line.Value}"));
    }

    [Fact]
    public void HostGiven_IsNotAddedTwice()
    {
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Host", "front.test").Build();

        Assert.Equal(["front.test"], flow.Request.Headers.GetAll("Host"));
        Assert.Equal("origin.test", flow.Request.Host);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CodedBody_IsReadDecoded(string coding)
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithText("hello, hello, hello").WithContentEncoding(coding).Build();

        Assert.Equal(coding, flow.Request.Headers["Content-Encoding"]);
        Assert.Equal("hello, hello, hello", await flow.Request.ReadTextAsync());
    }

    [Fact]
    public async Task Json_IsReadBack()
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithJson(new { name = "Ada" }).Build();

        Assert.Equal("application/json", flow.Request.ContentType);
        Assert.Equal("Ada", (string?)(await flow.Request.ReadJsonAsync<JsonObject>())!["name"]);
        Assert.Equal(14, flow.Request.ContentLength);
    }

    [Fact]
    public async Task Form_IsEncoded()
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithForm(("a b", "c&d"), ("e", "ü")).Build();

        Assert.Equal("a+b=c%26d&e=%C3%BC", await flow.Request.ReadTextAsync());
        Assert.Equal("application/x-www-form-urlencoded", flow.Request.ContentType);
    }

    [Fact]
    public async Task Chunks_HaveNoLengthInAdvance()
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithChunks("he", "", "llo").Build();

        Assert.Null(flow.Request.ContentLength);
        Assert.Equal("chunked", flow.Request.Headers["Transfer-Encoding"]);
        Assert.Equal("hello", await flow.Request.ReadTextAsync());
    }

    [Fact]
    public async Task Http2Chunks_NeedNoTransferEncoding()
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithHttpVersion(HttpVersion.Version20).WithChunks("he", "llo").Build();

        Assert.Equal(HttpVersion.Version20, flow.Request.HttpVersion);
        Assert.False(flow.Request.Headers.Contains("Transfer-Encoding"));
        Assert.Equal("hello", await flow.Request.ReadTextAsync());
    }

    [Fact]
    public async Task BodyBeyondTheLimit_CannotBeRead()
    {
        var flow = FlowBuilder.Post("https://origin.test/").WithText("hello").WithBodyLimit(4).Build();

        await Assert.ThrowsAsync<BodyTooLargeException>(async () => await flow.Request.ReadBytesAsync());
    }

    [Fact]
    public void GetWithoutBody_HasNone()
    {
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        Assert.False(flow.Request.HasBody);
        Assert.Null(flow.Request.ContentLength);
    }

    [Theory]
    [InlineData("GET", "origin.test/")]
    [InlineData("GET", "ftp://origin.test/")]
    [InlineData("G T", "https://origin.test/")]
    public void NotARequest_IsRefused(string method, string url) => Assert.Throws<ArgumentException>(() => FlowBuilder.Of(method, url));

    [Theory]
    [InlineData("a b", "1")]
    [InlineData("a", "1\r\nb: 2")]
    public void NotAHeader_IsRefused(string name, string value) => Assert.Throws<ArgumentException>(() => FlowBuilder.Get("https://origin.test/").WithHeader(name, value));

    [Fact]
    public void ContradictingFraming_IsRefused()
    {
        var builder = FlowBuilder.Post("https://origin.test/").WithHeader("Content-Length", "3").WithHeader("Transfer-Encoding", "chunked");

        Assert.Contains("both Content-Length and Transfer-Encoding", Assert.Throws<InvalidOperationException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BodyBeyondItsContentLength_IsRefused()
    {
        var builder = FlowBuilder.Post("https://origin.test/").WithHeader("Content-Length", "3").WithBody(Encoding.ASCII.GetBytes("hello"));

        Assert.Contains("longer than its Content-Length", Assert.Throws<InvalidOperationException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuiltTwice_GivesTwoFlows()
    {
        var builder = FlowBuilder.Post("https://origin.test/").WithText("hello");
        var (first, second) = (builder.Build(), builder.Build());

        first.Request.SetText("changed");

        Assert.Equal("hello", await second.Request.ReadTextAsync());
        Assert.NotEqual(first.Flow.Id, second.Flow.Id);
    }

    [Fact]
    public void Flow_ConvertsToWhatHooksGet()
    {
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        HttpFlow converted = flow;

        Assert.Same(flow.Flow, converted);
        Assert.Same(flow.Request, converted.Request);
    }

    [Fact]
    public void Record_MasksSecrets()
    {
        var flow = FlowBuilder.Get("https://origin.test/?token=planted").WithHeader("Authorization", "Bearer planted").WithHeader("X-Pin", "planted").Build();

        flow.Request.Headers.Redact("X-Pin");

        Assert.DoesNotContain("planted", flow.Record.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(flow.Record.RequestHeaders, line => line.Value.Contains("planted", StringComparison.Ordinal));
    }
}
