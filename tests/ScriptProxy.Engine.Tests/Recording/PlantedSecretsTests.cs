using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Tests.Wire;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>Secrets planted in every place of a flow: no record, no console line, no log line may show one.</summary>
public class PlantedSecretsTests
{
    private const string Secret = "hunter2";

    [Theory]
    [InlineData("application/json", """{"password":"hunter2","nested":{"refreshToken":["hunter2"]}}""")]
    [InlineData("application/x-www-form-urlencoded", "user=x&password=hunter2")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--\r\n")]
    public async Task KnownByName_AreNowhere(string contentType, string body)
    {
        var all = await RecordAsync(contentType, body, Encoding.UTF8.GetByteCount(body), _ => { });

        Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        Assert.Contains("***", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("regex")]
    [InlineData("named")]
    public async Task RedactedByAnAddon_AreNowhere(string way)
    {
        const string Body = """{"plain":"hunter2","list":[{"plain":"hunter2"}]}""";
        var all = await RecordAsync("application/json", Body, Body.Length, flow =>
        {
            switch (way)
            {
                case "text":
                    flow.RedactText(Secret);
                    break;
                case "regex":
                    flow.Redact(new Regex("hunter[0-9]"));
                    break;
                default:
                    flow.RedactQuery("plain");
                    flow.RedactJson("$..plain");
                    flow.Request.Headers.Redact("X-Plain");
                    flow.Tags.Remove("tag-hunter2");
                    break;
            }
        }, plain: true);

        Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        Assert.Contains("***", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuotedByAnException_AreNotLogged()
    {
        await using var origin = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(origin, new HookAddon
        {
            Request = flow => throw new FormatException($"cannot read {flow.Request.Headers["Authorization"]} of {flow.Request.Url}"),
        });

        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://origin.test/?token={Secret}");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Secret}");
        var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal(502, (int)response.StatusCode);
        var line = await proxy.WaitForLogAsync("FormatException");
        Assert.DoesNotContain(Secret, string.Join('\n', proxy.LogLines) + await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("cannot read Bearer ***", line, StringComparison.Ordinal);
    }

    /// <summary>Sends a flow with secrets everywhere through a proxy that reads its bodies.</summary>
    /// <returns>All that came out anywhere.</returns>
    private static async Task<string> RecordAsync(string contentType, string body, int length, Action<HttpFlow> redact, bool plain = false)
    {
        var name = plain ? "plain" : "token";
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentType = contentType;
            context.Response.ContentLength = length;
            context.Response.Headers["Set-Cookie"] = plain ? "x=y" : $"session={Secret}; Path=/";
            context.Response.Headers[plain ? "X-Plain" : "X-Api-Key"] = Secret;
            context.Response.Headers.Location = $"https://origin.test/next?{name}={Secret}#{name}={Secret}";
            await context.Response.WriteAsync(body);
        });
        await using var proxy = await TestProxy.StartAsync(origin, new HookAddon
        {
            Request = async flow =>
            {
                flow.Tags.Add("tag-" + (plain ? Secret : ""));
                redact(flow);
                await flow.Request.ReadBytesAsync();
            },
            Response = async flow => await flow.Response!.ReadBytesAsync(),
        });

        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://origin.test/path?{name}={Secret}&a=1&{(plain ? "plain" : "api%5Fkey")}={Secret}");
        request.Headers.TryAddWithoutValidation(plain ? "X-Plain" : "Authorization", plain ? Secret : $"Bearer {Secret}");
        if (!plain) request.Headers.TryAddWithoutValidation("Cookie", $"a={Secret}; b={Secret}");
        request.Headers.TryAddWithoutValidation("Referer", $"https://{(plain ? "" : $"user:{Secret}@")}origin.test/?{name}={Secret}");
        request.Content = new StringContent(body);
        request.Content.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        var response = await proxy.CreateClient().SendAsync(request);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());

        var record = await proxy.WaitForFlowAsync();
        Assert.NotNull(record.RequestBody);
        Assert.NotNull(record.ResponseBody);
        var shown = new StringBuilder();
        new FlowLine(colours: false, TimeZoneInfo.Utc).Append(shown, record);
        return $"{shown}\n{JsonSerializer.Serialize(record)}\n{Encoding.UTF8.GetString(record.RequestBody.Value.Span)}\n" +
            $"{Encoding.UTF8.GetString(record.ResponseBody.Value.Span)}\n{string.Join('\n', proxy.LogLines)}";
    }
}
