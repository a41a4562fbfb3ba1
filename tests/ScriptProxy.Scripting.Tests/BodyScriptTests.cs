using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests;

/// <summary>Bodies as a script handles them, without any using of its own.</summary>
public sealed class BodyScriptTests
{
    [Theory]
    [InlineData("text/css", "a http://b", "a https://b")]
    [InlineData("text/plain", "#x\nkey=abc\n", "key=***\n")]
    [InlineData("application/x-ndjson", "{\"token\":1}\n", "{\"token\":\"***\"}\n")]
    [InlineData("text/event-stream", "event: debug\ndata: a\n\ndata: b\n\n", "event: proxy\ndata: welcome\n\ndata: B\n\n")]
    [InlineData("text/html", "a\tb", "a b")]
    public async Task Response_PassesThroughTheScript(string contentType, string body, string expected)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(body);
        });
        await using var proxy = await TestProxy.StartAsync(
            origin,
            """
            void OnResponse(HttpFlow flow)
            {
                var response = flow.Response!;
                switch (response.ContentType)
                {
                    case "text/css": response.ReplaceText("http://", "https://"); break;
                    case "text/plain":
                        response.ReplaceText(new Regex("key=([a-z]+)"), "key=***");
                        response.TransformLines(line => line.StartsWith('#') ? null : line);
                        break;
                    case "application/x-ndjson": response.TransformJsonLines(node => { node["token"] = "***"; return node; }); break;
                    case "text/event-stream": response.TransformServerSentEvents(Edit); break;
                    default: response.Transform(Untab); break;
                }
            }

            async IAsyncEnumerable<ServerSentEvent> Edit(IAsyncEnumerable<ServerSentEvent> events)
            {
                yield return new ServerSentEvent("welcome") { Event = "proxy" };
                await foreach (var e in events)
                {
                    if (e.Event == "debug") continue;
                    yield return e with { Data = e.Data.ToUpper() };
                }
            }

            async Task Untab(PipeReader input, PipeWriter output, CancellationToken cancellation)
            {
                while (true)
                {
                    var read = await input.ReadAsync(cancellation);
                    foreach (var piece in read.Buffer)
                    {
                        foreach (var value in piece.Span) output.Write([value == (byte)'\t' ? (byte)' ' : value]);
                    }

                    input.AdvanceTo(read.Buffer.End);
                    await output.FlushAsync(cancellation);
                    if (read.IsCompleted) return;
                }
            }
            """);

        Assert.Equal(expected, await proxy.CreateClient().GetStringAsync("https://origin.test/"));
    }

    [Fact]
    public async Task Form_IsReadAndSetByTheScript()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            var file = form.Files.Count == 0 ? "" : form.Files[0].FileName;
            await context.Response.WriteAsync($"{form["user"]}|{form["password"]}|{file}");
        });
        await using var proxy = await TestProxy.StartAsync(
            origin,
            """
            async Task OnRequest(HttpFlow flow)
            {
                var form = await flow.Request.ReadFormAsync();
                form["password"] = "***";
                flow.Request.SetForm(form);
            }
            """);
        var client = proxy.CreateClient();
        using var multipart = new MultipartFormDataContent { { new StringContent("ada"), "user" }, { new StringContent("secret"), "password" }, { new ByteArrayContent([1, 2, 3]), "file", "a b.bin" } };

        var encoded = await client.PostAsync("https://origin.test/", new FormUrlEncodedContent([new("user", "ada & co"), new("password", "secret")]));
        var parts = await client.PostAsync("https://origin.test/", multipart);

        Assert.Equal("ada & co|***|", await encoded.Content.ReadAsStringAsync());
        Assert.Equal("ada|***|a b.bin", await parts.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task TransformThatThrows_IsNamedWithFileAndLine()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var proxy = await TestProxy.StartAsync(
            origin,
            """
            void OnResponse(HttpFlow flow) => flow.Response!.TransformLines(line =>
                throw new FormatException("odd"));
            """);

        Assert.Equal(502, (int)(await proxy.CreateClient().GetAsync("https://origin.test/")).StatusCode);
        await proxy.WaitForLogAsync("script.csx(2): FormatException: odd (in OnResponse)");
    }
}
