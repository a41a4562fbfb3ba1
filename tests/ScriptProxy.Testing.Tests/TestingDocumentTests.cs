using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.Testing.Tests;

/// <summary>The examples of docs/testing.md, word for word.</summary>
public sealed class TestingDocumentTests
{
    [Fact]
    public async Task Mask_KeepsTheKeyOnThisMachine()
    {
        await using var host = await AddonHost.LoadAsync("mask.csx");
        var flow = FlowBuilder.Get("https://api.test/users?page=2")
            .WithHeader("X-Api-Key", "planted")
            .WithResponse(200, "hello")
            .Build();

        await host.RunAsync(flow);

        Assert.Equal("masked", flow.Request.Headers["X-Api-Key"]);
        Assert.Equal("hello", flow.ReceivedText);
    }

    [Fact]
    public async Task Greeter_Greets()
    {
        await using var host = await AddonHost.LoadAsync(new Greeter("hello"));
        var flow = FlowBuilder.Get("https://api.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal("hello", flow.Request.Headers["X-Greeting"]);
    }

    [Fact]
    public async Task Upper_WorksOnCompressedText()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            async Task OnResponse(HttpFlow flow) => flow.Response!.SetText((await flow.Response.ReadTextAsync()).ToUpperInvariant());
            """);
        var flow = FlowBuilder.Post("https://api.test/")
            .WithJson(new { name = "Ada" })
            .WithResponse(ResponseBuilder.Of(200).WithText("hello").WithContentEncoding("gzip"))
            .Build();

        await host.RunAsync(flow);

        Assert.Equal("HELLO", flow.ReceivedText);
        Assert.Equal("gzip", flow.Response!.Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task Fallback_AnswersForAnOriginThatIsDown()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnError(HttpFlow flow) => flow.Respond(503, "Back soon.");
            """);
        var flow = FlowBuilder.Get("https://api.test/")
            .WithError(new FlowError("connection_refused", 502, "api.test refused the connection."))
            .Build();

        await host.RunAsync(flow);

        Assert.Equal(503, flow.Response!.StatusCode);
        Assert.Equal("Back soon.", flow.ReceivedText);
    }

    [Fact]
    public async Task FailingHook_LetsNothingPass()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnRequest(HttpFlow flow) => throw new FormatException("odd");
            """);
        var flow = FlowBuilder.Get("https://api.test/").Build();

        await host.RunAsync(flow);

        Assert.False(flow.ReachedOrigin);
        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.Contains(host.LogLines, line => line.Contains("script.csx(1): FormatException: odd (in OnRequest)"));
    }

    [Fact]
    public async Task Pin_IsNeverRecorded()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnRequest(HttpFlow flow) => flow.Request.Headers.Redact("X-Pin");
            """);
        var flow = FlowBuilder.Get("https://api.test/").WithHeader("X-Pin", "planted").Build();

        await host.RunAsync(flow);

        Assert.DoesNotContain("planted", string.Join('\n', flow.Record.RequestHeaders));
        Assert.DoesNotContain("planted", string.Join('\n', host.LogLines));
    }

    [Fact]
    public async Task Counter_SurvivesAReload()
    {
        const string Script = """
            using System.Collections.Concurrent;
            ConcurrentQueue<string> seen = null!;
            void OnLoad(AddonContext context) => seen = context.State.GetOrAdd("seen", () => new ConcurrentQueue<string>());
            void OnRequest(HttpFlow flow) { seen.Enqueue("v1"); flow.Tags.Add(string.Join(' ', seen)); }
            """;
        await using var host = await AddonHost.LoadTextAsync(Script);
        await host.RequestAsync(FlowBuilder.Get("https://api.test/").Build());

        await host.ReloadAsync(Script.Replace("v1", "v2"));

        var flow = FlowBuilder.Get("https://api.test/").Build();
        await host.RequestAsync(flow);
        Assert.Equal(["v1 v2"], flow.Tags);
    }

    [Fact]
    public async Task Tag_IsTheOneThatWasSet()
    {
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions
        {
            Script = """
                record Options { [Option("The tag.")] public string Tag { get; init; } = "none"; }
                Options options = new();
                void OnRequest(HttpFlow flow) => flow.Tags.Add(options.Tag);
                """,
            Set = ["script.tag=blue"],
        });
        var flow = FlowBuilder.Get("https://api.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal(["blue"], flow.Tags);
    }

    [Fact]
    public async Task Chat_IsModerated()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            async Task OnWebSocketMessage(WebSocketMessage message)
            {
                if (message.Text == "ping") await message.WebSocket.SendToClientAsync("pong");
                if (message.Text.Contains("secret")) message.Drop();
                else message.Text = message.Text.ToUpperInvariant();
            }
            """);
        var flow = FlowBuilder.WebSocket("wss://api.test/chat").Build();

        await using var webSocket = await host.OpenWebSocketAsync(flow);
        await webSocket.Client.SendAsync("ping");
        await webSocket.Client.SendAsync("my secret");
        await webSocket.Server.SendAsync("hello");
        await webSocket.Client.CloseAsync(1000, "bye");

        Assert.Equal(["PING"], webSocket.Server.Received.Select(message => message.Text));
        Assert.Equal(["pong", "HELLO"], webSocket.Client.Received.Select(message => message.Text));
        Assert.Equal((1000, "bye"), (webSocket.Server.CloseCode, webSocket.Server.CloseReason));
        Assert.Equal(2, webSocket.Connection.MessagesFromClient);
    }

    [Fact]
    public async Task Policy_DeniesTunnels()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnConnect(ConnectFlow connect) { if (connect.Host == "ads.example") connect.Deny("No ads."); }
            void OnTlsClientHello(TlsClientHello hello) { if (hello.ServerName is null) hello.Tunnel(); }
            """);
        var connect = TestConnections.Connect("ads.example");
        var hello = TestConnections.ClientHello(serverName: null);

        await host.ConnectAsync(connect);
        await host.TlsClientHelloAsync(hello);

        Assert.Equal(ConnectDecision.Deny, connect.Decision);
        Assert.Equal(ConnectDecision.Tunnel, hello.Decision);
    }

    [Fact]
    public async Task Header_ReachesTheOrigin()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Tag"]!));
        await using var proxy = await TestProxy.StartAsync(origin, """
            void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Tag"] = "blue";
            """);

        Assert.Equal("blue", await proxy.CreateClient().GetStringAsync("https://origin.test/"));
        Assert.Equal(200, (await proxy.WaitForFlowAsync()).StatusCode);
    }

    [Fact]
    public void Document_ShowsTheseTests()
    {
        var tests = File.ReadAllText(ThisFile());
        var document = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "testing.md"));
        var blocks = Regex.Matches(document, "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(Indented(block), tests, StringComparison.Ordinal));
    }

    private static string Indented(string block) => string.Join('\n', block.Split('\n').Select(line => line.Length == 0 ? line : "    " + line));

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private sealed class Greeter(string greeting) : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            flow.Request.Headers["X-Greeting"] = greeting;
            return default;
        }
    }
}
