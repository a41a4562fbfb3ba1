using System.Text.Json.Nodes;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class JsonLinesTests
{
    [Fact]
    public async Task Flows_AreDocumentsWithoutSecrets()
    {
        using var folder = new ScriptFolder();
        var file = folder.PathOf("flows.jsonl");
        await using (var host = await ExampleScripts.LoadAsync("json-lines.csx", $"json-lines.output={file}"))
        {
            await host.RunAsync(FlowBuilder.Get("https://origin.test/a?token=planted").WithHeader("Cookie", "planted").WithResponse(201, "hello").Build());
            await host.RunAsync(FlowBuilder.Get("http://origin.test/b").WithError(new FlowError("dns_error", 502, "unknown")).Build());
        }

        var lines = await File.ReadAllLinesAsync(file);
        var first = JsonNode.Parse(lines[0])!;
        Assert.Equal(2, lines.Length);
        Assert.Equal("https://origin.test:443/a", (string?)first["url"]);
        Assert.Equal(201, (int?)first["status"]);
        Assert.Equal(5, (long?)first["bytes"]);
        Assert.Equal("dns_error", (string?)JsonNode.Parse(lines[1])!["error"]);
        Assert.DoesNotContain("planted", lines[0], StringComparison.Ordinal);
    }
}
