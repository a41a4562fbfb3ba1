namespace ScriptProxy.Testing.Tests;

public sealed class TestWebSocketTests
{
    private const string Observer = "void OnWebSocketMessage(WebSocketMessage message) => message.Flow.Tags.Add(message.ToString()!);";

    [Fact]
    public async Task Opening_RunsTheHooksInOrder()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            var seen = new List<string>();
            void OnRequest(HttpFlow flow) => seen.Add($"request {flow.Request.Url}");
            void OnResponse(HttpFlow flow) => seen.Add($"response {flow.Response!.StatusCode}");
            void OnWebSocketStart(WebSocketConnection webSocket) => seen.Add($"start {webSocket.Subprotocol}");
            void OnWebSocketEnd(WebSocketConnection webSocket) => seen.Add($"end {webSocket.CloseCode} by client: {webSocket.WasClosedByClient}");
            void OnCompleted(HttpFlow flow) { seen.Add("completed"); flow.Tags.Add(string.Join(", ", seen)); }
            """);
        var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/chat", "v2", "v1").Build());
        Assert.Empty(webSocket.Flow.Tags);

        await webSocket.Server.CloseAsync(4000, "done");

        Assert.Equal(["request https://api.test/chat, response 101, start v2, end 4000 by client: False, completed"], webSocket.Flow.Tags);
        Assert.Equal((4000, "done"), (webSocket.Client.CloseCode, webSocket.Client.CloseReason));
        Assert.Equal(4000, webSocket.Server.CloseCode);
        Assert.Null(webSocket.Flow.Error);
    }

    [Fact]
    public async Task BinaryMessage_IsEditedAndStaysBinary()
    {
        await using var host = await AddonHost.LoadTextAsync("void OnWebSocketMessage(WebSocketMessage message) => message.Bytes = new byte[] { 7, 8 };");
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("ws://api.test/").Build());

        await webSocket.Server.SendAsync(new byte[] { 1, 2, 3 });

        var message = Assert.Single(webSocket.Client.Received);
        Assert.False(message.IsText);
        Assert.Equal([7, 8], message.Bytes.ToArray());
        Assert.Throws<InvalidOperationException>(() => message.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(70_000)]
    public async Task UntouchedMessage_ArrivesAsSentInBothDirections(int length)
    {
        await using var host = await AddonHost.LoadTextAsync(Observer);
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("ws://api.test/").Build());
        var text = new string('ä', length);

        await webSocket.Client.SendAsync(text);
        await webSocket.Server.SendAsync(text);

        Assert.Equal(text, Assert.Single(webSocket.Server.Received).Text);
        Assert.Equal(text, Assert.Single(webSocket.Client.Received).Text);
    }

    [Fact]
    public async Task HookThatFails_ClosesTowardsBothAndPassesNothing()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnWebSocketMessage(WebSocketMessage message) => throw new FormatException("odd");""");
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());

        await webSocket.Client.SendAsync("hello");

        Assert.Empty(webSocket.Server.Received);
        Assert.Equal((1011, 1011), (webSocket.Client.CloseCode, webSocket.Server.CloseCode));
        Assert.Equal("The addon script.csx failed in OnWebSocketMessage.", webSocket.Flow.Error!.Message);
        Assert.Contains(host.LogLines, line => line.Contains("script.csx(1): FormatException: odd (in OnWebSocketMessage)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddonThatCloses_EndsIt()
    {
        await using var host = await AddonHost.LoadTextAsync("""async Task OnWebSocketMessage(WebSocketMessage message) => await message.WebSocket.CloseAsync(1008, "No.");""");
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());

        await webSocket.Client.SendAsync("hello");

        Assert.True(webSocket.Connection.IsClosed);
        Assert.Equal((1008, "No."), (webSocket.Client.CloseCode, webSocket.Client.CloseReason));
        Assert.Equal((1008, "No."), (webSocket.Server.CloseCode, webSocket.Server.CloseReason));
        Assert.Null(webSocket.Connection.WasClosedByClient);
        await Assert.ThrowsAsync<InvalidOperationException>(() => webSocket.Client.SendAsync("more"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => webSocket.Server.CloseAsync());
    }

    [Fact]
    public async Task SideThatGoesAway_EndsItWithoutAClose()
    {
        await using var host = await AddonHost.LoadTextAsync("void OnWebSocketEnd(WebSocketConnection webSocket) => webSocket.Flow.Tags.Add($\"{webSocket.CloseCode}\");");
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());

        await webSocket.Server.DisconnectAsync();

        Assert.Equal(["1006"], webSocket.Flow.Tags);
        Assert.Null(webSocket.Client.CloseCode);
    }

    [Fact]
    public async Task MessageFromTheBackground_IsWaitedFor()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnWebSocketStart(WebSocketConnection webSocket) => Task.Run(async () =>
            {
                await Task.Yield();
                await webSocket.SendToClientAsync("later");
                await webSocket.SendToServerAsync(new byte[] { 1 });
            });
            """);
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());

        Assert.Equal("later", (await webSocket.Client.ReceiveAsync()).Text);
        Assert.Equal([1], (await webSocket.Server.ReceiveAsync()).Bytes.ToArray());
    }

    [Fact]
    public async Task Reload_IsMetByTheNextMessage()
    {
        const string Script = """void OnWebSocketMessage(WebSocketMessage message) => message.Text = "v1";""";
        await using var host = await AddonHost.LoadTextAsync(Script);
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());
        await webSocket.Client.SendAsync("hello");

        await host.ReloadAsync(Script.Replace("v1", "v2", StringComparison.Ordinal));
        await webSocket.Client.SendAsync("hello");

        Assert.Equal(["v1", "v2"], webSocket.Server.Received.Select(message => message.Text));
    }

    [Fact]
    public async Task MessageBeyondTheBodyLimit_EndsIt()
    {
        await using var host = await AddonHost.LoadTextAsync(Observer);
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").WithBodyLimit(8).Build());

        await webSocket.Client.SendAsync("more than eight bytes");

        Assert.Equal(1009, webSocket.Client.CloseCode);
        Assert.Equal(1001, webSocket.Server.CloseCode);
    }

    [Fact]
    public async Task AddonThatAnswers_LetsNoneOpen()
    {
        const string Script = """
            void OnRequest(HttpFlow flow) => flow.Respond(403, "No chat.");
            void OnWebSocketStart(WebSocketConnection webSocket) { }
            """;
        await using var host = await AddonHost.LoadTextAsync(Script);
        var flow = FlowBuilder.WebSocket("wss://api.test/").Build();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.OpenWebSocketAsync(flow));

        Assert.Equal("The WebSocket was not opened: the answer is 403 Forbidden.", exception.Message);
        Assert.False(flow.ReachedOrigin);
        Assert.Equal("No chat.", flow.ReceivedText);
    }

    [Fact]
    public async Task ServerThatRefuses_LetsNoneOpen()
    {
        await using var host = await AddonHost.LoadTextAsync(Observer);
        var flow = FlowBuilder.WebSocket("wss://api.test/").WithResponse(503, "Full.").Build();

        await host.RunAsync(flow);

        Assert.Equal("Full.", flow.ReceivedText);
        Assert.Null(flow.Flow.WebSocket);
    }

    [Fact]
    public async Task NoHookForWebSockets_IsSaid()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => flow.Tags.Add("seen");""");

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build()));

        Assert.Equal("The WebSocket was not opened: no addon has a hook for WebSockets, so the proxy relays this one unread.", exception.Message);
    }

    [Fact]
    public async Task ExtensionThatNobodyOffered_IsAnsweredAsByTheProxy()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnResponse(HttpFlow flow) => flow.Response!.Headers["Sec-WebSocket-Extensions"] = "x-unknown";
            void OnWebSocketStart(WebSocketConnection webSocket) { }
            """);
        var flow = FlowBuilder.WebSocket("wss://api.test/").Build();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.OpenWebSocketAsync(flow));

        Assert.Equal("http_upgrade_failed", flow.Error!.Type);
        Assert.Equal(502, flow.Response!.StatusCode);
    }

    [Fact]
    public async Task RunAsync_ClosesWhatWasOpened()
    {
        await using var host = await AddonHost.LoadTextAsync("void OnWebSocketEnd(WebSocketConnection webSocket) => webSocket.Flow.Tags.Add($\"{webSocket.CloseCode}\");");
        var flow = FlowBuilder.WebSocket("wss://api.test/").Build();

        await host.RunAsync(flow);

        Assert.Equal(["1000"], flow.Tags);
        Assert.Equal(101, flow.Response!.StatusCode);
    }

    [Theory]
    [InlineData("https://api.test/")]
    [InlineData("/chat")]
    public void UrlOfSomethingElse_IsRefused(string url) =>
        Assert.Equal($"\"{url}\" is not an absolute ws or wss URL. (Parameter 'url')", Assert.Throws<ArgumentException>(() => FlowBuilder.WebSocket(url)).Message);

    [Fact]
    public async Task StatusThatMayNotBeSent_IsRefused()
    {
        await using var host = await AddonHost.LoadTextAsync(Observer);
        await using var webSocket = await host.OpenWebSocketAsync(FlowBuilder.WebSocket("wss://api.test/").Build());

        await Assert.ThrowsAsync<ArgumentException>(() => webSocket.Client.CloseAsync(1006));
        await Assert.ThrowsAsync<ArgumentException>(() => webSocket.Client.CloseAsync(1000, new string('x', 124)));
        Assert.False(webSocket.Connection.IsClosed);
    }
}
