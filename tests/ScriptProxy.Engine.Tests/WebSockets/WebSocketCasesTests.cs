using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>
/// The cases of Autobahn's test suite in miniature (websocket_cases.py), against Python's websockets: what the client gets through the proxy is what it gets without one,
/// whether the bytes are relayed or every message is read.
/// </summary>
public sealed class WebSocketCasesTests
{
    private static readonly Lazy<Task<IReadOnlyList<string>>> Direct = new(() => RunAsync());

    [Fact]
    public async Task WithoutAProxy_NoCaseFails()
    {
        var lines = await Direct.Value;

        Assert.True(lines.Count > 150, $"Only {lines.Count} cases ran.");
        Assert.DoesNotContain(lines, line => line.Contains("FAILED", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("void OnWebSocketMessage(WebSocketMessage message) { }")]
    public async Task ThroughTheProxy_EveryCaseEndsTheSame(string script)
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Script = script.Length == 0 ? null : script });

        var lines = await RunAsync(proxy.EndPoint.ToString());

        var direct = await Direct.Value;
        Assert.Equal(direct.Count, lines.Count);
        Assert.Equal("", string.Join('\n', direct.Zip(lines).Where(pair => pair.First != pair.Second).Select(pair => $"direct:  {pair.First}\nthrough: {pair.Second}")));
    }

    private static async Task<IReadOnlyList<string>> RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await ForeignProgram.RunAsync("/usr/bin/python3", [ScriptPath(), .. arguments]);
        Assert.True(exitCode == 0, output.Contains("No module named 'websockets'", StringComparison.Ordinal) ? "Debian's package python3-websockets is missing: apt-get install python3-websockets" : output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string ScriptPath()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "tests", "ScriptProxy.Engine.Tests", "WebSockets", "websocket_cases.py");
    }
}
