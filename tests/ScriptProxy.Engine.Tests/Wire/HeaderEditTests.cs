namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>What an addon does to one header changes that line and no other byte.</summary>
public sealed class HeaderEditTests
{
    private const string Lines = "A:1\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\n";

    private static readonly Dictionary<string, (Action<HeaderList> Edit, string Lines)> Edits = new()
    {
        ["set replaces the line and keeps its name"] = (headers => headers.Set("B", "x"), "A:1\r\nb: x\r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["set of a duplicate leaves one, in the first's place"] = (headers => headers.Set("a", "x"), "A: x\r\nb:  2 \r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["set of a new one appends"] = (headers => headers["New"] = "x", "A:1\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\nNew: x\r\n"),
        ["set to the same value writes it anew"] = (headers => headers.Set("b", "2"), "A:1\r\nb: 2\r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["add appends beside the others"] = (headers => headers.Add("a", "x"), "A:1\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\na: x\r\n"),
        ["insert puts it in between"] = (headers => headers.Insert(IndexOf(headers, "b"), "New", "x"), "A:1\r\nNew: x\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["insert at the end"] = (headers => headers.Insert(headers.Count, "New", ""), "A:1\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\nNew: \r\n"),
        ["remove takes every line of the name"] = (headers => headers.Remove("a"), "b:  2 \r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["remove at takes one"] = (headers => headers.RemoveAt(IndexOf(headers, "b") + 1), "A:1\r\nb:  2 \r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["null removes"] = (headers => headers["z"] = null, "A:1\r\nb:  2 \r\nA: 3\r\nContent-Length: 2\r\n"),
        ["bytes above 0x7F are one byte each"] = (headers => headers.Set("b", "caf\u00E9"), "A:1\r\nb: caf\u00E9\r\nA: 3\r\nContent-Length: 2\r\nz:\t9\r\n"),
        ["redact changes nothing"] = (headers => headers.Redact("b"), Lines),
        ["a false Content-Length is put right"] = (headers => headers.Set("content-length", "99"), Lines),
        ["a second Content-Length does not go out"] = (headers => headers.Add("Content-Length", "99"), Lines),
        ["a Transfer-Encoding does not go out"] = (headers => headers.Add("Transfer-Encoding", "chunked"), Lines),
        ["a Content-Length taken away comes back"] = (headers => headers.Remove("Content-Length"), "A:1\r\nb:  2 \r\nA: 3\r\nz:\t9\r\nContent-Length: 2\r\n"),
    };

    public static TheoryData<string> Names => [.. Edits.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EditOfRequest_ChangesThatLineOnly(string name)
    {
        var (edit, lines) = Edits[name];
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => edit(flow.Request.Headers)),
            $"POST http://origin.test/a%2F HTTP/1.1\r\nhOST: origin.test\r\n{Lines}\r\nok",
            WireCase.Ok);

        Assert.Equal($"POST /a%2F HTTP/1.1\r\nhOST: origin.test\r\n{lines}\r\nok", exchange.OriginReceived);
        Assert.Equal(WireCase.Ok, exchange.ClientReceived);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EditOfResponse_ChangesThatLineOnly(string name)
    {
        var (edit, lines) = Edits[name];
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => edit(flow.Response!.Headers)),
            "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n",
            $"HTTP/1.1 200 Fine\r\n{Lines}\r\nok");

        Assert.Equal($"HTTP/1.1 200 Fine\r\n{lines}\r\nok", exchange.ClientReceived);
    }

    [Fact]
    public async Task MethodChanged_OnlyMethodChanges()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.Method = "PUT"), "GET http://origin.test/a|b HTTP/1.1\r\nhost: origin.test\r\nb:  2\r\nContent-Length: 0\r\n\r\n", WireCase.Ok);

        Assert.Equal("PUT /a|b HTTP/1.1\r\nhost: origin.test\r\nb:  2\r\nContent-Length: 0\r\n\r\n", exchange.OriginReceived);
    }

    [Fact]
    public async Task TargetChanged_OnlyTargetChanges()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.Target = "/%2e?x|"), "get http://origin.test/a HTTP/1.0\r\nhost: origin.test\r\n\r\n", WireCase.Ok);

        Assert.Equal("get /%2e?x| HTTP/1.0\r\nhost: origin.test\r\n\r\n", exchange.OriginReceived);
    }

    [Fact]
    public async Task UrlChanged_HostFollowsInItsPlace()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnRequest(flow => flow.Request.Url = "http://origin.test/b/../c%2F"), "GET http://else.test/a HTTP/1.1\r\nA: 1\r\nhost: else.test\r\nB: 2\r\n\r\n", WireCase.Ok);

        Assert.Equal("GET /b/../c%2F HTTP/1.1\r\nA: 1\r\nhost: origin.test\r\nB: 2\r\n\r\n", exchange.OriginReceived);
    }

    [Fact]
    public async Task StatusChanged_ReasonFollowsAndHeadersStay()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.StatusCode = 404), "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n", $"HTTP/1.1 200 Fine\r\n{Lines}\r\nok");

        Assert.Equal($"HTTP/1.1 404 Not Found\r\n{Lines}\r\nok", exchange.ClientReceived);
    }

    [Fact]
    public async Task ReasonChanged_OnlyReasonChanges()
    {
        var exchange = await OneExchange.RunAsync(
            HookAddon.OnResponse(flow => flow.Response!.ReasonPhrase = ""), "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n", $"HTTP/1.1 200 Fine\r\n{Lines}\r\nok");

        Assert.Equal($"HTTP/1.1 200 \r\n{Lines}\r\nok", exchange.ClientReceived);
    }

    private static int IndexOf(HeaderList headers, string name)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Key == name) return i;
        }

        throw new InvalidOperationException($"There is no {name}.");
    }
}
