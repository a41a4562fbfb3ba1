using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class RequestLineParserTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1", "Origin", "GET", "/", "/", "", false, 1)]
    [InlineData("GET /a?b#c HTTP/1.0", "Origin", "GET", "/a?b#c", "/a?b#c", "", false, 0)]
    [InlineData("X!#$%&'*+-.^_`|~9z //a HTTP/1.1", "Origin", "X!#$%&'*+-.^_`|~9z", "//a", "//a", "", false, 1)]
    [InlineData("get /\u00E9|\" HTTP/1.1", "Origin", "get", "/\u00E9|\"", "/\u00E9|\"", "", false, 1)]
    [InlineData("GET /http://a/ HTTP/1.1", "Origin", "GET", "/http://a/", "/http://a/", "", false, 1)]
    [InlineData("GET http://a HTTP/1.1", "Absolute", "GET", "http://a", "", "a", false, 1)]
    [InlineData("GET http://a:1/b?c HTTP/1.1", "Absolute", "GET", "http://a:1/b?c", "/b?c", "a:1", false, 1)]
    [InlineData("GET HTTPS://a?c HTTP/1.1", "Absolute", "GET", "HTTPS://a?c", "?c", "a", true, 1)]
    [InlineData("GET http://a#c HTTP/1.1", "Absolute", "GET", "http://a#c", "#c", "a", false, 1)]
    [InlineData("GET http://[::1]:2/ HTTP/1.1", "Absolute", "GET", "http://[::1]:2/", "/", "[::1]:2", false, 1)]
    [InlineData("CONNECT a:443 HTTP/1.1", "Authority", "CONNECT", "a:443", "a:443", "a:443", false, 1)]
    [InlineData("CONNECT /x HTTP/1.0", "Authority", "CONNECT", "/x", "/x", "/x", false, 0)]
    [InlineData("OPTIONS * HTTP/1.1", "Asterisk", "OPTIONS", "*", "*", "", false, 1)]
    [InlineData("GET / HTTP/1.9", "Origin", "GET", "/", "/", "", false, 1)]
    public void GoodLine_TakenApart(string line, string form, string method, string target, string path, string authority, bool isTls, int minor)
    {
        var bytes = Heads.Bytes(line);
        Assert.Null(RequestLineParser.Parse(bytes, out var parsed));
        Assert.Equal(form, parsed.Form.ToString());
        Assert.Equal(method, Heads.Text(bytes.AsSpan()[parsed.Method]));
        Assert.Equal(target, Heads.Text(bytes.AsSpan()[parsed.Target]));
        Assert.Equal(path, Heads.Text(bytes.AsSpan()[parsed.Path]));
        Assert.Equal(authority, Heads.Text(bytes.AsSpan()[parsed.Authority]));
        Assert.Equal(isTls, parsed.IsTls);
        Assert.Equal(minor, parsed.Version.Minor);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("GET", 400)]
    [InlineData("GET /", 400)]
    [InlineData("GET  HTTP/1.1", 400)]
    [InlineData(" / HTTP/1.1", 400)]
    [InlineData("GET  / HTTP/1.1", 400)]
    [InlineData("GET /  HTTP/1.1", 400)]
    [InlineData("GET / HTTP/1.1 ", 400)]
    [InlineData("GET /a b HTTP/1.1", 400)]
    [InlineData("GET /a\tb HTTP/1.1", 400)]
    [InlineData("GET /a\u007Fb HTTP/1.1", 400)]
    [InlineData("G@T / HTTP/1.1", 400)]
    [InlineData("G\u00E9T / HTTP/1.1", 400)]
    [InlineData("GET / http/1.1", 400)]
    [InlineData("GET / HTTP/1.11", 400)]
    [InlineData("GET / HTTP/1", 400)]
    [InlineData("GET / HTTP/a.1", 400)]
    [InlineData("GET / HTTP/1.a", 400)]
    [InlineData("GET / HTTP/1-1", 400)]
    [InlineData("GET / HTTP/0.9", 505)]
    [InlineData("GET / HTTP/2.0", 505)]
    [InlineData("GET * HTTP/1.1", 400)]
    [InlineData("options * HTTP/1.1", 400)]
    [InlineData("GET a HTTP/1.1", 400)]
    [InlineData("GET a:80 HTTP/1.1", 400)]
    [InlineData("GET ftp://a/ HTTP/1.1", 400)]
    [InlineData("GET http:/a HTTP/1.1", 400)]
    [InlineData("GET http:// HTTP/1.1", 400)]
    [InlineData("GET http:///a HTTP/1.1", 400)]
    [InlineData("GET http://?a HTTP/1.1", 400)]
    [InlineData("GET https:// HTTP/1.1", 400)]
    public void BadLine_Refused(string line, int status)
    {
        var refusal = RequestLineParser.Parse(Heads.Bytes(line), out _);
        Assert.NotNull(refusal);
        Assert.Equal(status, refusal.StatusCode);
    }
}
