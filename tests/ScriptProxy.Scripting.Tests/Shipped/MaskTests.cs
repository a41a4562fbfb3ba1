using System.Text;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Scripting.Tests.Examples;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class MaskTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

    [Theory]
    [InlineData("""{"a":"k:AB\/cd+1","b":1}""", """{"a":"***","b":1}""")]
    [InlineData("""{"a":"k:AB/cd\u002B1","b":1}""", """{"a":"***","b":1}""")]
    [InlineData("""{"a":"\u006B:AB\u002fcd+1\n","b":1}""", """{"a":"***\n","b":1}""")]
    [InlineData("""{"a":"\\\\k:AB/cd+1\"","b":1}""", """{"a":"\\\\***\"","b":1}""")]
    [InlineData("""{"a":"x\u0061k:AB/cd+1","b":"\/"}""", """{"a":"x\u0061k:AB/cd+1","b":"\/"}""")]
    [InlineData("""{"a":"\u0022k:AB/cd+1","b":1}""", """{"a":"\u0022***","b":1}""")]
    [InlineData("""{"a":"line\nk:AB/cd+1","b":"\\nk:AB"}""", """{"a":"line\n***","b":"\\nk:AB"}""")]
    public async Task EscapedInJson_IsFoundHoweverItIsCut(string body, string masked)
    {
        await using var host = await ShippedScripts.LoadAsync("mask", """rules={patterns: ['\bk:[A-Z]+/[a-z+]+1'], on: [client]}""");

        for (var cut = 1; cut < body.Length - 1; cut++)
        {
            var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "application/json").WithChunks(body[..cut], body[cut..])));

            Assert.Equal(masked, flow.ReceivedText);
        }
    }

    [Fact]
    public async Task NamedSecretBesideEscapes_WhatIsAroundItStaysAsItIsWritten()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", """rules={patterns: ['key\s+(?<secret>\w+/\w+)\s'], on: [client]}""");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "application/json").WithText("""{"a":"key\n\tAB\/cd\n"}""", "application/json")));

        Assert.Equal("""{"a":"key\n\t***\n"}""", flow.ReceivedText);
    }

    [Fact]
    public async Task TokenBehindALineEnd_IsFoundInJsonAndBackslashesOfOtherTextMeanThemselves()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", """rules={tokens: [aws], patterns: ['C:\\new'], on: [client]}""");

        var json = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithText("""{"a":"id:\nAKIAIOSFODNN7EXAMPLE\n"}""", "application/json")));
        var text = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithText("""in C:\new\x""", "text/plain")));

        Assert.Equal("""{"a":"id:\n***\n"}""", json.ReceivedText);
        Assert.Equal("""in ***\x""", text.ReceivedText);
    }

    [Fact]
    public async Task EscapedInALongBody_IsFoundWhereverItLies()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", """rules={patterns: ['k:[A-Z]+/[a-z+]+1'], on: [client]}""");
        for (var before = 0; before < 12; before++)
        {
            var noise = new string('x', before) + string.Concat(Enumerable.Repeat("""\\\/\u0041""", 3_000));
            var body = noise + """k:AB\/cd\u002b1""" + noise;

            var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "application/json").WithChunks([.. body.Chunk(1_009).Select(chunk => new string(chunk))])));

            Assert.Equal($"{noise}***{noise}", flow.ReceivedText);
        }
    }

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

    [Fact]
    public async Task SecretInHeadersThatHoldUrls_IsHidden_HoweverItIsWritten()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={query: [session], tokens: [github], on: [record, origin, client]}");
        const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";
        const string Encoded = "ghp%5F0123456789abcdefghijABCDEFGHIJ456789";

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get($"https://a.test/{Encoded}/x?Session=1&s%65ssion=2&y=3").WithHeader("Referer", $"https://b.test/?session=abc&y=3#{Encoded}")
            .WithHeader("Cookie", $"a={Encoded}; b=2").WithHeader("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{Token}")))
            .WithResponse(ResponseBuilder.Of(302).WithHeader("Location", $"/next?y=3&session=a%20b&t={Encoded}").WithHeader("Set-Cookie", $"c={Token}; Path=/").WithHeader("Refresh", "5; url=/?session=abc")));

        Assert.Equal("/%2A%2A%2A/x?Session=%2A%2A%2A&s%65ssion=%2A%2A%2A&y=3", flow.Request.Target);
        Assert.Equal("https://b.test/?session=***&y=3#***", flow.Request.Headers["Referer"]);
        Assert.Equal(("a=***; b=2", "Basic ***"), (flow.Request.Headers["Cookie"], flow.Request.Headers["Authorization"]));
        Assert.Equal(("/next?y=3&session=***&t=***", "c=***; Path=/", "5; url=/?session=***"), (flow.Response!.Headers["Location"], flow.Response.Headers["Set-Cookie"], flow.Response.Headers["Refresh"]));
    }

    [Fact]
    public async Task Trailers_AreMaskedWhereTheBodyIsLookedInto()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={headers: [X-Pin], tokens: [github], on: [client]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Content-Type", "text/plain").WithChunks("a", "b")
            .WithTrailer("X-Pin", "1234").WithTrailer("X-Sum", "is ghp_0123456789abcdefghijABCDEFGHIJ456789")));

        Assert.Equal(("ab", "***", "is ***"), (flow.ReceivedText, flow.Response!.Trailers?["X-Pin"], flow.Response.Trailers?["X-Sum"]));
    }

    [Fact]
    public async Task TrailersOnTheWire_AreMasked()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: ghp_0123456789abcdefghijABCDEFGHIJ456789\r\n\r\n");
        });
        await using var proxy = await StartAsync(new TestProxyOptions { RawOrigins = [origin] }, "{tokens: [github], on: [client]}");

        using var response = await proxy.CreateClient().GetAsync("http://origin.test/");

        Assert.Equal("ab", await response.Content.ReadAsStringAsync());
        Assert.Equal("***", Assert.Single(response.TrailingHeaders.GetValues("X-Sum")));
    }

    [Fact]
    public async Task FormFields_AreHidden_EachOfThem_HoweverTheyAreWritten()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={form: [pin], tokens: [github], on: [origin]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/").WithText("p%69n=1&PIN=2&x=ghp%5F0123456789abcdefghijABCDEFGHIJ456789&y=a+b", "application/x-www-form-urlencoded"));

        Assert.Equal("pin=***&PIN=***&x=***&y=a b", Uri.UnescapeDataString(flow.SentText.Replace('+', ' ')));
    }

    [Fact]
    public async Task MultipartForm_IsMasked_AndItsFilesToo()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={form: [pin], tokens: [github], on: [origin]}");
        const string Form = "--b\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n1234\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nkey ghp_0123456789abcdefghijABCDEFGHIJ456789\r\n--b--\r\n";

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/").WithText(Form, "multipart/form-data; boundary=b"));

        Assert.DoesNotContain("1234", flow.SentText, StringComparison.Ordinal);
        Assert.Contains("key ***", flow.SentText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"\\u0073ecret\": \"a\", \"secret\": [1, {\"x\": 2}], \"secret\": \"\\u0061\"}", "{\"\\u0073ecret\": \"***\", \"secret\": \"***\", \"secret\": \"***\"}")]
    [InlineData("[{\"a\": {\"secret\": true}}]", "[{\"a\": {\"secret\": \"***\"}}]")]
    [InlineData("{\"secret\": 1}\n{\"secret\": 2}\n", "{\"secret\": \"***\"}\n{\"secret\": \"***\"}\n")]
    public async Task Json_IsMasked_WithEscapesAndDuplicates(string json, string expected)
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={json: [$..secret], on: [client]}");

        Assert.Equal(expected, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(200, json, "application/problem+json"))).ReceivedText);
    }

    [Theory]
    [InlineData("rules={tokens: [all], on: [client]}")]
    [InlineData("rules={json: [$.a], on: [client]}")]
    public async Task BodyInACodingThatNobodyKnows_FailsClosed(string rule)
    {
        await using var host = await ShippedScripts.LoadAsync("mask", rule);

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithResponse(ResponseBuilder.Of(200).WithText("secret", "application/json").WithHeader("Content-Encoding", "rot13")));

        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.DoesNotContain("secret", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyThatIsTooLongToBeRead_FailsClosed()
    {
        await using var host = await ShippedScripts.LoadAsync("mask", "rules={json: [$.a], on: [client]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/").WithBodyLimit(10).WithResponse(200, "{\"a\": \"a long secret\"}", "application/json"));

        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.DoesNotContain("secret", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/event-stream", "data: ghp_0123456789abcdefghijABCDEFGHIJ456789\n\n", "data: ***\n\n")]
    [InlineData("application/x-ndjson", "{\"a\": \"ghp_0123456789abcdefghijABCDEFGHIJ456789\"}\n", "{\"a\": \"***\"}\n")]
    public async Task EventsAndLines_GoOnAtOnce(string type, string sent, string expected)
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentType = type;
            for (var i = 0; i < 2; i++)
            {
                await context.Response.WriteAsync(sent);
                await context.Response.Body.FlushAsync();
                await received.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }
        });
        await using var proxy = await StartAsync(new TestProxyOptions { Origins = [origin] }, "{tokens: [all], on: [client]}");

        await using var stream = await proxy.CreateClient().GetStreamAsync("http://origin.test/");
        var first = new byte[expected.Length];
        await stream.ReadExactlyAsync(first);
        received.SetResult();

        Assert.Equal(expected, Encoding.UTF8.GetString(first));
        Assert.Equal(expected, await new StreamReader(stream).ReadToEndAsync());
    }

    [Fact]
    public async Task WebSocketMessages_AreMaskedInBothDirections()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            Assert.Equal("{\"a\": \"***\"}", WebsocketReplaceTests.Unmasked(await connection.ReadExactlyAsync(2 + 4 + 12)));
            await connection.SendAsync("\u0081\u0006pin=12");
            await connection.SendAsync("\u0082\u0006pin=12");
        });
        await using var proxy = await StartAsync(new TestProxyOptions { RawOrigins = [origin] }, "{json: [$.a], on: [origin]}", "{patterns: ['pin=(?<secret>[0-9]+)'], json: [$.a], on: [client]}");
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(
            "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await client.ReadHeadAsync();

        await client.SendAsync("\u0081\u008a\0\0\0\0{\"a\": \"7\"}");

        Assert.Equal("\u0081\u0007pin=***", await client.ReadExactlyAsync(2 + 7));
        Assert.Equal("\u0082\u0007pin=***", await client.ReadExactlyAsync(2 + 7));
    }

    [Theory]
    [InlineData("rules={tokens: [gihub]}", "there is no token shape 'gihub'. Known: all, aws, github")]
    [InlineData("rules={on: [wire], headers: [A]}", "--set mask.rules.on[0] \"wire\": expected")]
    [InlineData("rules={filter: ~all}", "expected headers, query, form, json, patterns or tokens")]
    [InlineData("rules={json: ['$.a[x]']}", "--set mask.rules.json[0] \"$.a[x]\": \"$.a[x]\" is not a JSON path: at position 5, expected an index, a quoted name or *")]
    [InlineData("rules={headers: ['a b']}", "expected the name of a header field, got \"a b\"")]
    public async Task WrongRule_StopsTheStart(string option, string problem) => Assert.Contains(problem, await ShippedScripts.ErrorAsync("mask", option), StringComparison.Ordinal);

    private static async Task<TestProxy> StartAsync(TestProxyOptions options, params string[] rules) =>
        await TestProxy.StartAsync(options with { Script = await File.ReadAllTextAsync(ShippedScripts.PathOf("mask")), Set = [.. rules.Select(rule => $"script.rules={rule}")] });
}
