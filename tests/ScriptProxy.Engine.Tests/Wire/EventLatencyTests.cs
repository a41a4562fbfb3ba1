using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>What passes through code is not held back: each event is with the client before the origin makes the next one.</summary>
public sealed class EventLatencyTests
{
    private const int Events = 20;

    public static TheoryData<string, string> Clients => new() { { "1.1", "" }, { "2.0", "" }, { "1.1", "gzip" }, { "2.0", "br" }, { "1.1", "deflate" }, { "1.1", "zstd" } };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Events_ArriveBeforeTheNextIsMade(string version, string coding) =>
        await ArriveOneByOneAsync(version, coding, "data: event 00\n\n", "data: EVENT 00\n\n", message => message.TransformServerSentEvents(passed => passed with { Data = passed.Data.ToUpperInvariant() }));

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Comments_ArriveBeforeTheNextIsMade(string version, string coding) =>
        await ArriveOneByOneAsync(version, coding, ": ping 00\n\n", ": ping 00\n\n", message => message.TransformServerSentEvents(passed => passed));

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Lines_ArriveBeforeTheNextIsMade(string version, string coding) =>
        await ArriveOneByOneAsync(version, coding, "line 00\n", "LINE 00\n", message => message.TransformLines(line => line.ToUpperInvariant()));

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task JsonLines_ArriveBeforeTheNextIsMade(string version, string coding) =>
        await ArriveOneByOneAsync(version, coding, "{\"n\": \"00\"}\n", "{\"n\":\"00\",\"seen\":true}\n", message => message.TransformJsonLines(node =>
        {
            node["seen"] = true;
            return node;
        }));

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task ReplacedText_ArrivesBeforeTheNextIsMade(string version, string coding) =>
        await ArriveOneByOneAsync(version, coding, "text 00.", "TEXT 00.", message => message.ReplaceText("text", "TEXT"));

    private static async Task ArriveOneByOneAsync(string version, string coding, string sent, string expected, Action<HttpMessage> transform)
    {
        var next = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            if (coding.Length > 0) context.Response.Headers.ContentEncoding = coding;
            var output = coding.Length == 0 ? context.Response.Body : Engine.Flows.ContentCoding.OpenEncoder(context.Response.Body, coding);
            await context.Response.Body.FlushAsync();
            for (var i = 0; i < Events; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await output.WriteAsync(Encoding.ASCII.GetBytes(sent.Replace("00", i.ToString("00"), StringComparison.Ordinal)));
                await output.FlushAsync();
            }

            await output.DisposeAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin, HookAddon.OnResponse(flow => transform(flow.Response!)));

        using var answer = await proxy.CreateClient(Version.Parse(version)).GetAsync("https://origin.test/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = Engine.Flows.ContentCoding.OpenDecoder(await answer.Content.ReadAsStreamAsync(), coding);
        var buffer = new byte[expected.Length];
        for (var i = 0; i < Events; i++)
        {
            next.Release();
            await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(expected.Replace("00", i.ToString("00"), StringComparison.Ordinal), Encoding.ASCII.GetString(buffer));
        }

        Assert.Equal(0, await body.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
