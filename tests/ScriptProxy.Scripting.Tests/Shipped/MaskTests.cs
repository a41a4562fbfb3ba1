using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class MaskTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

    [Fact]
    public async Task OnTheRecord_WireKeepsIt()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={headers: [X-Pin], query: [who], form: [pin], json: [$..ssn], tokens: [jwt]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/?who=ada").WithHeader("X-Pin", "1234").WithHeader("X-Other", Jwt)
            .WithForm(("pin", "9876"), ("name", "ada")).WithResponse(ResponseBuilder.OfJson(new { user = new { ssn = "078-05-1120" } })));

        var record = flow.Record;
        var all = record.Url + string.Concat(record.RequestHeaders.Select(field => field.Value));
        Assert.DoesNotContain("ada", all, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Jwt, all, StringComparison.Ordinal);
        Assert.Equal(("1234", Jwt, "https://a.test/?who=ada"), (flow.Request.Headers["X-Pin"], flow.Request.Headers["X-Other"], flow.Request.Url));
        Assert.Contains("9876", flow.SentText, StringComparison.Ordinal);
        Assert.Contains("078-05-1120", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TowardsTheOrigin_NothingOfItLeaves()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={headers: [X-Pin, Authorization], query: [who], form: [pin], tokens: [all], on: [origin]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/x?a=1&who=ada&b=" + Jwt).WithHeader("X-Pin", "1234").WithHeader("Authorization", "Bearer abc").WithHeader("X-Other", $"key {Jwt};")
            .WithForm(("pin", "9876"), ("name", Jwt)).WithResponse(ResponseBuilder.Of(200).WithHeader("X-Pin", "1234")));

        Assert.Equal("/x?a=1&who=%2A%2A%2A&b=%2A%2A%2A", flow.Request.Target);
        Assert.Equal(("***", "Bearer ***", "key ***;"), (flow.Request.Headers["X-Pin"], flow.Request.Headers["Authorization"], flow.Request.Headers["X-Other"]));
        Assert.Equal("pin=***&name=***", Uri.UnescapeDataString(flow.SentText));
        Assert.Equal("1234", flow.Response!.Headers["X-Pin"]);
    }

    [Fact]
    public async Task TowardsTheClient_JsonIsChangedAndElseAsItWas()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={json: ['$.users[*].ssn', $..secret], headers: [X-Pin], on: [client]}");
        const string Json = "{ \"users\": [ {\"ssn\":\"1\", \"n\": 1.50}, {\"ssn\": {\"a\": [2]}} ],\n \"secret\": null, \"x\": \"secret\" }";

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/").WithText(Json, "application/json").WithHeader("X-Pin", "1")
            .WithResponse(ResponseBuilder.Of(200).WithHeader("X-Pin", "1").WithContentEncoding("gzip").WithText(Json, "application/json")));

        Assert.Equal("{ \"users\": [ {\"ssn\":\"***\", \"n\": 1.50}, {\"ssn\": \"***\"} ],\n \"secret\": \"***\", \"x\": \"secret\" }", flow.ReceivedText);
        Assert.Equal((Json, "1", "***"), (flow.SentText, flow.Request.Headers["X-Pin"], flow.Response!.Headers["X-Pin"]));
    }

    [Fact]
    public async Task Key_TellsTheSameSecretFromAnother()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "hash-key=k", "rules={headers: [A, B, C], on: [origin]}");

        var headers = (await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithHeader("A", "one").WithHeader("B", "one").WithHeader("C", "two"))).Request.Headers;

        Assert.Matches("^[*]{3}[0-9a-f]{12}$", headers["A"]!);
        Assert.Equal(headers["A"], headers["B"]);
        Assert.NotEqual(headers["A"], headers["C"]);
    }

    [Fact]
    public async Task Token_IsFoundWhereverABodyIsCut()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={tokens: [all], on: [client]}");
        var body = $"before \u00e4 {Jwt} after";
        for (var cut = 1; cut < body.Length - 1; cut++)
        {
            var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "text/plain").WithChunks(body[..cut], body[cut..])));

            Assert.Equal("before \u00e4 *** after", flow.ReceivedText);
        }
    }

    [Fact]
    public async Task LongBody_IsMaskedThroughout()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={patterns: ['pin=(?<secret>[0-9]+)'], tokens: [aws], on: [client]}");
        var pieces = Enumerable.Range(0, 3_000).Select(i => $"{i} pin={i}123 AKIAABCDEFGHIJKLMNOP {new string('x', i % 50)}").ToList();
        var text = string.Join('\n', pieces);

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "text/plain").WithChunks([.. text.Chunk(997).Select(chunk => new string(chunk))])));

        Assert.Equal(string.Join('\n', Enumerable.Range(0, 3_000).Select(i => $"{i} pin=*** *** {new string('x', i % 50)}")), flow.ReceivedText);
    }

    [Fact]
    public async Task BodyThatIsNoJson_FailsClosed()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={json: [$.a], on: [client]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(200, "{\"a\": \"secret\"", "application/json"));

        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.DoesNotContain("secret", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rules={tokens: [gihub]}", "there is no token shape 'gihub'. Known: all, aws, github")]
    [InlineData("rules={on: [wire], headers: [A]}", "--set mask.rules.on[0] \"wire\": expected")]
    [InlineData("rules={filter: ~all}", "expected headers, query, form, json, patterns or tokens")]
    [InlineData("rules={headers: ['a b']}", "expected the name of a header field, got \"a b\"")]
    public async Task WrongRule_StopsTheStart(string option, string problem) => Assert.Contains(problem, await ShippedScripts.ErrorAsync("mask", option), StringComparison.Ordinal);
}
