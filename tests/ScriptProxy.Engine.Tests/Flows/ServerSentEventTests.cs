namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>Events that are changed while they pass: the same whatever pieces they come in, whatever ends their lines.</summary>
public sealed class ServerSentEventTests
{
    public static TheoryData<string> Streams =>
    [
        "",
        "data: a\n\n",
        "data:a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\rdata: b\r\r",
        ": comment\n\n\n\nretry: 10\n\nid\n\ndata\n\n",
        "\u00EF\u00BB\u00BFevent: x\ndata: a\n\n",
        ":c\nevent: x\nid: 1\nretry: 5\ndata: 1\ndata:2\ndata\nother: y\n\ndata: incomplete",
        "data: a\n\r\ndata: b\r\n\ndata: c\r\r\n\n",
        "event: only\n\ndata: \u00C3\u00A9\u00FF\n\n",
    ];

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task EventsPassedOn_BytesAreTheSame(string stream) =>
        Assert.Equal(stream, await Streamed.EverySplitAsync(stream, message => message.TransformServerSentEvents(Pass)));

    [Theory]
    [InlineData("data: a\n\n", "|a||")]
    [InlineData("data:  a\ndata\ndata: b\r\n\r\n", "| a\n\nb||")]
    [InlineData("event: x\rid: 7\rretry: 1500\rdata: a\r\r", "x|a|7|1500")]
    [InlineData(":one\ndata: a\n: two\n\n", "|a|||one\ntwo")]
    [InlineData("id\ndata\n\nid: a\0b\nretry: 1x\ndata: b\n\n", "||||id=;|b||")]
    [InlineData("\u00EF\u00BB\u00BFdata: \u00C3\u00A9\n\n", "|é||")]
    [InlineData(": ping\n\nid: 3\n\ndata: a\n\n", "|a||")]
    [InlineData("data: a\r\n\ndata: b\n\r\n", "|a||;|b||")]
    [InlineData("data: last", "|last||")]
    public async Task Fields_AreRead(string stream, string expected)
    {
        var seen = new List<string>();
        await Streamed.RunAsync([stream], message => message.TransformServerSentEvents(passed =>
        {
            var id = passed.Id == "" ? "|id=" : "";
            seen.Add($"{passed.Event}|{passed.Data}|{passed.Id}|{passed.Retry?.TotalMilliseconds}{(passed.Comment is { } comment ? "|" + comment : "")}{id}");
            return passed;
        }));
        Assert.Equal(expected, string.Join(';', seen));
    }

    [Theory]
    [InlineData("data: a\n\n", "data: A\n\n")]
    [InlineData("data:a\r\n\r\n", "data: A\r\n\r\n")]
    [InlineData("event: x\rdata: a\rdata: b\r\r", "event: x\rdata: A\rdata: B\r\r")]
    [InlineData(": c\nid: 1\nretry: 5\ndata: a\nother: y\n\n", ": c\nid: 1\nretry: 5\ndata: A\n\n")]
    [InlineData(": ping\n\ndata: a\n\n: ping\n\n", ": ping\n\ndata: A\n\n: ping\n\n")]
    [InlineData("data: a", "data: A\n")]
    public async Task EventsChanged_AreWrittenWithTheirLineBreaks(string stream, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(stream, message => message.TransformServerSentEvents(passed => passed with { Data = passed.Data.ToUpperInvariant() })));

    [Fact]
    public async Task EventsDroppedAndInjected() =>
        Assert.Equal(
            "event: hello\ndata: 1\ndata: 2\n\ndata: keep\n\ndata: copy\n\ndata: end\n\n",
            await Streamed.EverySplitAsync("data: drop\n\ndata: keep\n\n", message => message.TransformServerSentEvents(EditAsync)));

    [Fact]
    public async Task CodeThatEndsEarly_EndsTheBody() =>
        Assert.Equal("data: 1\n\n", await Streamed.RunAsync(["data: 1\n\ndata: 2\n\n"], message => message.TransformServerSentEvents(TakeOneAsync)));

    [Fact]
    public async Task EventWithoutEnd_IsRefused()
    {
        var pieces = Enumerable.Repeat("data: " + new string('x', 1_000) + "\n", 100).ToArray();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => Streamed.RunAsync(pieces, message => message.TransformServerSentEvents(Pass, maxEventBytes: 10_000)));
        Assert.Contains("An event is longer than 10000 bytes.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LineBreaksInFields_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { Event = "x\ny" });
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { Id = "x\0" });
    }

    [Fact]
    public void Events_AreEqualByWhatTheySay()
    {
        Assert.Equal(new ServerSentEvent("a") { Id = "1" }, new ServerSentEvent("a") { Id = "1" });
        Assert.NotEqual(new ServerSentEvent("a"), new ServerSentEvent("b"));
    }

    private static ServerSentEvent Pass(ServerSentEvent passed) => passed;

    private static async IAsyncEnumerable<ServerSentEvent> EditAsync(IAsyncEnumerable<ServerSentEvent> events)
    {
        yield return new ServerSentEvent("1\n2") { Event = "hello" };
        await foreach (var passed in events)
        {
            if (passed.Data == "drop") continue;
            yield return passed;
            yield return passed with { Data = "copy" };
        }

        yield return new ServerSentEvent("end");
    }

    private static async IAsyncEnumerable<ServerSentEvent> TakeOneAsync(IAsyncEnumerable<ServerSentEvent> events)
    {
        await foreach (var passed in events)
        {
            yield return passed;
            yield break;
        }
    }
}
