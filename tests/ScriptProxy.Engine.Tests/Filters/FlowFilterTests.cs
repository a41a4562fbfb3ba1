using System.Net;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Filters;

public class FlowFilterTests
{
    [Theory]
    [InlineData("~all", true)]
    [InlineData("~http", true)]
    [InlineData("~websocket", false)]
    [InlineData("~d github.com", true)]
    [InlineData("~d GitHub", true)]
    [InlineData("~d ^api[.]", true)]
    [InlineData("~d example", false)]
    [InlineData("~m post", true)]
    [InlineData("~m ^GET$", false)]
    [InlineData("~u /v1/users", true)]
    [InlineData("/v1/users", true)]
    [InlineData("https://api", true)]
    [InlineData("/v2", false)]
    [InlineData("~hq x-tag", true)]
    [InlineData("~hq ^X-Tag:\\x20blue$", true)]
    [InlineData("~hq \"X-Tag: blue\"", true)]
    [InlineData("~hq red", false)]
    [InlineData("~h blue", true)]
    [InlineData("~t json", true)]
    [InlineData("~tq json", true)]
    [InlineData("~ts html", false)]
    [InlineData("~dst :443$", true)]
    [InlineData("~src ^127", true)]
    [InlineData("~q", true)]
    [InlineData("~s", false)]
    [InlineData("~e", false)]
    [InlineData("~a", false)]
    [InlineData("~c 200", false)]
    [InlineData("~tag cached", true)]
    [InlineData("~meta user", true)]
    public void Request_MatchesWhatItSays(string filter, bool matches)
    {
        var flow = FlowBuilder.Post("https://api.github.com/v1/users?page=2").WithHeader("X-Tag", "blue").WithText("{}", "application/json").Build();
        flow.Tags.Add("cached");
        flow.Metadata["user"] = "ada";

        Assert.Equal(matches, FlowFilter.Parse(filter).Matches(flow));
    }

    // A word is looked for in other ways than a regular expression; both have to find the same.
    [Theory]
    [InlineData("~hq blue", true)]
    [InlineData("~hq BLUE", true)]
    [InlineData("~hq blu[e]", true)]
    [InlineData("~hq 1\\.5", true)]
    [InlineData("~hq 1\\.6", false)]
    [InlineData("~hq 1\\+5", false)]
    [InlineData("~hq café", true)]
    [InlineData("~hq CAFÉ", true)]
    [InlineData("~hq caf", true)]
    [InlineData("~hq cafe", false)]
    public void Word_IsFoundAsARegularExpressionWouldBe(string filter, bool matches)
    {
        var flow = FlowBuilder.Get("https://a.test/").WithHeader("X-Tag", "blue 1.5").WithHeader("X-Place", "café").Build();

        Assert.Equal(matches, FlowFilter.Parse(filter).Matches(flow));
    }

    [Fact]
    public void Url_FollowsEveryChange()
    {
        var request = FlowBuilder.Get("https://a.test/x").Build().Request;
        var urls = new List<string> { request.Url };
        request.Host = "b.test";
        urls.Add(request.Url);
        request.Target = "/y?z";
        urls.Add(request.Url);
        request.Port = 8443;
        urls.Add(request.Url);
        request.Scheme = "http";
        urls.Add(request.Url);

        Assert.Equal(["https://a.test/x", "https://b.test/x", "https://b.test/y?z", "https://b.test:8443/y?z", "http://b.test:8443/y?z"], urls);
    }

    [Theory]
    [InlineData("~c 401", true)]
    [InlineData("~c 4xx", true)]
    [InlineData("~c 5XX", false)]
    [InlineData("~c 40", false)]
    [InlineData("~s", true)]
    [InlineData("~q", false)]
    [InlineData("~hs www-auth", true)]
    [InlineData("~h www-auth", true)]
    [InlineData("~hq www-auth", false)]
    [InlineData("~ts css", true)]
    [InlineData("~t css", true)]
    [InlineData("~a", true)]
    [InlineData("~d github.com & ~c 401", true)]
    public async Task Response_MatchesWhatItSays(string filter, bool matches)
    {
        var flow = await AnsweredAsync(FlowBuilder.Get("https://github.com/").WithResponse(ResponseBuilder.Of(401).WithHeader("WWW-Authenticate", "Basic").WithText("a {}", "text/css")));

        Assert.Equal(matches, FlowFilter.Parse(filter).Matches(flow));
    }

    // t: matches, f: does not.
    [Theory]
    [InlineData("t & f | t", true)]
    [InlineData("t | t & f", true)]
    [InlineData("(t | t) & f", false)]
    [InlineData("! f & t", true)]
    [InlineData("!(f & t)", true)]
    [InlineData("!!t", true)]
    [InlineData("! t | t", true)]
    [InlineData("t t", true)]
    [InlineData("t f", false)]
    [InlineData("t | t f", false)]
    [InlineData("f t | t", false)]
    [InlineData("(t)(t)", true)]
    [InlineData("  ( t )  ", true)]
    public void Logic_BindsAsInMitmproxy(string logic, bool matches)
    {
        var filter = logic.Replace("t", "~all", StringComparison.Ordinal).Replace("f", "~c 999", StringComparison.Ordinal);

        Assert.Equal(matches, FlowFilter.Parse(filter).Matches(FlowBuilder.Get("http://a.test/").Build()));
    }

    [Theory]
    [InlineData("\"a b\"", "http://a.test/?q=a b", false)]
    [InlineData("'/x(1)' ", "http://a.test/x1", true)]
    [InlineData("\"it\\\"s\"", "http://a.test/it\"s", false)]
    [InlineData("\"/\\d+$\"", "http://a.test/42", true)]
    [InlineData("/x|/y", "http://a.test/y", true)]
    [InlineData("a&b", "http://a.test/?a&b", true)]
    public void Words_EndWhereMitmproxyEndsThem(string filter, string url, bool matches) =>
        Assert.Equal(matches, FlowFilter.Parse(filter).Matches(FlowBuilder.Get(url.Replace(' ', '+').Replace('"', '_')).Build()));

    [Theory]
    [InlineData("", 1, "expected an expression")]
    [InlineData("~d github.com & ~x", 17, "there is no operator ~x")]
    [InlineData("(~all", 1, "this '(' is not closed")]
    [InlineData("~all)", 5, "there is no '('")]
    [InlineData("~d", 3, "expected a regular expression after ~d")]
    [InlineData("~c ok", 4, "expected a status code")]
    [InlineData("~u [", 4, "not a regular expression")]
    [InlineData("~all &", 7, "expected an expression")]
    [InlineData("~all & | ~all", 8, "expected an expression before '|'")]
    [InlineData("~d 'a", 4, "this ' is not closed")]
    [InlineData("~tcp", 1, "~tcp is not supported: ")]
    [InlineData("~replay", 1, "~replay is not supported: ")]
    public void Mistake_IsShownWithACaretUnderItsColumn(string filter, int column, string problem)
    {
        var lines = Assert.Throws<FormatException>(() => FlowFilter.Parse(filter)).Message.Split('\n');

        Assert.StartsWith($"column {column}: {problem}", lines[0], StringComparison.Ordinal);
        Assert.Equal(["    " + filter, "    " + new string(' ', column - 1) + "^"], lines[1..]);
    }

    [Fact]
    public void NestedTooDeep_IsRefused() =>
        Assert.Throws<FormatException>(() => FlowFilter.Parse(new string('(', 100_000) + "~all" + new string(')', 100_000)));

    [Fact]
    public async Task Body_MatchesOnceItWasRead()
    {
        var filter = FlowFilter.Parse("~bq secret");
        var flow = FlowBuilder.Post("http://a.test/").WithText("line\nthe SECRET\n").Build();

        Assert.False(filter.Matches(flow));
        Assert.True(filter is { NeedsRequestBody: true, NeedsResponseBody: false });
        Assert.True(await filter.MatchesAsync(flow));
        Assert.True(filter.Matches(flow));
    }

    [Fact]
    public async Task ResponseBody_IsReadByWhatNeedsIt()
    {
        var filter = FlowFilter.Parse("~d a.test ~bs secret");
        await using var host = await AddonHost.LoadAsync(new Matching(filter));
        var flow = FlowBuilder.Get("http://a.test/").WithResponse(ResponseBuilder.Of(200).WithContentEncoding("gzip").WithText("a secret")).Build();

        await host.RunAsync(flow);

        Assert.Contains("matched", flow.Tags);
        Assert.Equal("a secret", flow.ReceivedText);
    }

    [Theory]
    [InlineData("~q", true)]
    [InlineData("~d x", false)]
    [InlineData("~d x | ~c 200", true)]
    [InlineData("!~hq x", false)]
    public void NeedsResponse_IsSaid(string filter, bool needs) => Assert.Equal(needs, FlowFilter.Parse(filter).NeedsResponse);

    [Theory]
    [InlineData("~d nothing.test & ~m POST")]
    [InlineData("~hq nothing & ~c 404")]
    [InlineData("~hq 'X-Long: y+$'")]
    [InlineData("~ts nothing | ~hs nothing")]
    public async Task Matching_AllocatesNothing(string text)
    {
        var filter = FlowFilter.Parse(text);
        var flow = await AnsweredAsync(FlowBuilder.Get("https://github.com/").WithHeader("X-Long", new string('y', 5_000) + "z").WithResponse(200, "a"));
        for (var i = 0; i < 1_000; i++) filter.Matches(flow);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) filter.Matches(flow);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void HostField_CountsToo()
    {
        var flow = FlowBuilder.Get("http://10.0.0.1/").Build();
        flow.Request.Headers["Host"] = "shop.test:8080";

        Assert.True(FlowFilter.Parse("~d ^shop.test$").Matches(flow));
    }

    [Fact]
    public void BackReference_IsMatchedAllTheSame() =>
        Assert.True(FlowFilter.Parse(@"'/(.)\1$'").Matches(FlowBuilder.Get("http://a.test/xx").Build()));

    [Fact]
    public void ClientAddress_IsTheSource()
    {
        var flow = FlowBuilder.Get("http://a.test/").WithClient(TestConnections.Client(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000))).Build();

        Assert.True(FlowFilter.Parse("~src ^192[.]0[.]2[.]7:40000$").Matches(flow));
    }

    private static async Task<TestFlow> AnsweredAsync(FlowBuilder builder)
    {
        var flow = builder.Build();
        await using var host = await AddonHost.LoadAsync();
        await host.RunAsync(flow);
        return flow;
    }

    private sealed class Matching(FlowFilter filter) : Addon
    {
        public override async ValueTask OnResponseAsync(HttpFlow flow)
        {
            if (await filter.MatchesAsync(flow, flow.Aborted)) flow.Tags.Add("matched");
        }
    }
}
