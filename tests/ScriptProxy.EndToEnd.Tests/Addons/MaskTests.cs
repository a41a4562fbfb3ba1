using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class MaskTests(AddonsFixture addons)
{
    private const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

    private const string Rules = """
          mask:
            rules:
              - {filter: '~u /masked', headers: [X-Pin], query: [who], form: [card], json: [$..ssn], tokens: [github], on: [origin]}
              - {filter: '~u /say', headers: [X-Pin], json: [$..ssn], tokens: [github], patterns: ['pin=(?<secret>[0-9]+)'], on: [client]}
              - {filter: '~u /record', headers: [X-Pin], query: [who], json: [$..ssn], tokens: [github]}
        """;

    [Theory]
    [InlineData("http://origin.test", "--http1.1")]
    [InlineData("https://origin.test", "--http2")]
    public async Task OriginSeesNoSecret(string origin, string protocol)
    {
        await using var run = await addons.StartAsync(Rules);

        var asked = await run.GetAsync($"{origin}/masked/{Token}?who=ada&x=1", protocol, "--header", "X-Pin: 1234", "--header", $"X-Other: is {Token}", "--data", "card=4711&name=ada");
        Assert.StartsWith("POST /masked/***?who=%2A%2A%2A&x=1\n", asked, StringComparison.Ordinal);
        Assert.Contains("\nx-pin: ***\n", asked, StringComparison.Ordinal);
        Assert.Contains("\nx-other: is ***\n", asked, StringComparison.Ordinal);
        Assert.EndsWith("\n\ncard=***&name=ada", asked.Replace("%2A", "*", StringComparison.Ordinal), StringComparison.Ordinal);

        var json = await run.GetAsync($"{origin}/masked", protocol, "--header", "Content-Type: application/json", "--data", "{\"a\": {\"ssn\": \"078\"}, \"key\": \"" + Token + "\"}");
        Assert.EndsWith("\n\n{\"a\": {\"ssn\": \"***\"}, \"key\": \"***\"}", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task ClientSeesNoSecret(string? encoding)
    {
        await using var run = await addons.StartAsync(Rules);

        var json = await run.CurlAsync(SayingOrigin.Say($"{{\"ssn\": \"078\", \"t\": \"{Token}\", \"u\": \"pin=12;\"}}", "application/json", encoding: encoding, headers: ["X-Pin:1234", $"Location:/?t={Token}"]), "--compressed");
        Assert.Equal("{\"ssn\": \"***\", \"t\": \"***\", \"u\": \"pin=***;\"}", json.Text);
        Assert.Equal(("***", "/?t=***"), (json["X-Pin"], json["Location"]));
    }

    [Fact]
    public async Task RecordsHoldNoSecret_AndTheWireKeepsIt()
    {
        await using var run = await addons.StartAsync(Rules + "\n  access-log: {logs: [{file: access.log, format: '%URL% %REQ(X-PIN)% %REQ(X-OTHER)%'}]}");

        var asked = await run.GetAsync("/record?who=ada", "--header", "X-Pin: 1234", "--header", $"X-Other: {Token}");
        await run.StopAsync();

        Assert.StartsWith("GET /record?who=ada\n", asked, StringComparison.Ordinal);
        Assert.Contains("\nx-pin: 1234\n", asked, StringComparison.Ordinal);
        Assert.Contains(Token, asked, StringComparison.Ordinal);
        var log = await File.ReadAllTextAsync(run.Folder.PathOf("access.log")) + string.Join('\n', run.Proxy.Output) + string.Join('\n', run.Proxy.Errors);
        Assert.Contains("/record?who=***", log, StringComparison.Ordinal);
        Assert.DoesNotContain("ada", log, StringComparison.Ordinal);
        Assert.DoesNotContain("1234 ", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyThatCannotBeMasked_DoesNotPass()
    {
        await using var run = await addons.StartAsync(Rules);

        var broken = await run.CurlAsync(SayingOrigin.Say("{\"ssn\": \"078", "application/json"));

        Assert.Equal(502, broken.Status);
        Assert.DoesNotContain("078", broken.Text, StringComparison.Ordinal);
        run.MayLogErrors();
    }
}
