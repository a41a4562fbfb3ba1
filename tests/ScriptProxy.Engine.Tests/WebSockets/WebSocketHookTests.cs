using System.Net.WebSockets;
using ScriptProxy.Engine.Tests.Hooks;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>OnWebSocketStart, OnWebSocketMessage, OnWebSocketEnd, with real clients and servers.</summary>
public sealed class WebSocketHookTests
{
    public static TheoryData<string, string, bool> Ways => new()
    {
        { "ws://origin.test/chat", "1.1", false },
        { "ws://origin.test/chat", "1.1", true },
        { "wss://origin.test/chat", "1.1", false },
        { "wss://origin.test/chat", "1.1", true },
        { "wss://origin.test/chat", "2.0", false },
        { "wss://origin.test/chat", "2.0", true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Messages_AreSeenChangedAndDropped(string url, string version, bool deflate)
    {
        await using var origin = await WebSocketOrigin.EchoAsync(deflate);
        var addon = new Watching
        {
            Message = message =>
            {
                if (!message.IsText) return;
                if (message.Text.Contains("secret", StringComparison.Ordinal)) message.Text = message.Text.Replace("secret", "***", StringComparison.Ordinal);
                if (message.FromClient && message.Text.StartsWith("drop", StringComparison.Ordinal)) message.Drop();
            },
        };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        using var client = await WebSocketOrigin.ConnectAsync(proxy, url, Version.Parse(version), deflate);
        var rest = string.Concat(Enumerable.Repeat(" and so on, and so forth", 20));

        // Each refers to those before it when it is compressed: what was changed or dropped must not be missed.
        foreach (var text in new[] { "plain" + rest, "a secret" + rest, "drop this" + rest, "plain" + rest, "secret" + rest, "plain" + rest })
        {
            await WebSocketOrigin.SendAsync(client, text);
            if (!text.StartsWith("drop", StringComparison.Ordinal)) Assert.Equal("echo " + text.Replace("secret", "***", StringComparison.Ordinal), await WebSocketOrigin.ReceiveTextAsync(client));
        }

        await client.SendAsync(new byte[] { 1, 2, 3 }, WebSocketMessageType.Binary, true, CancellationToken.None);
        Assert.Equal([1, 2, 3], (await WebSocketOrigin.ReceiveAsync(client))!.Bytes);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);

        Assert.Equal(["start", "end 1000 bye byClient=True 7 up 6 down"], await addon.Marks.WaitAsync(2));
        var flow = await proxy.WaitForFlowAsync();
        Assert.Null(flow.Error);
        Assert.True(flow.ResponseBytes > 0);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task MessagesOfTheAddon_GoBothWays(string url, string version, bool deflate)
    {
        await using var origin = await WebSocketOrigin.EchoAsync(deflate);
        await using var proxy = await TestProxy.StartAsync(origin, """
            async Task OnWebSocketStart(WebSocketConnection webSocket)
            {
                await webSocket.SendToClientAsync("welcome to " + webSocket.Flow.Request.Path);
                await webSocket.SendToServerAsync("hello from the proxy " + new string('.', 200));
            }

            async Task OnWebSocketMessage(WebSocketMessage message)
            {
                if (message.FromClient) await message.WebSocket.SendToServerAsync("before " + message.Text);
                if (message.IsText && message.Text == "echo stop") await message.Flow.WebSocket!.CloseAsync(4000, "enough");
            }
            """);
        using var client = await WebSocketOrigin.ConnectAsync(proxy, url, Version.Parse(version), deflate);

        Assert.Equal("welcome to /chat", await WebSocketOrigin.ReceiveTextAsync(client));
        Assert.Equal("echo hello from the proxy " + new string('.', 200), await WebSocketOrigin.ReceiveTextAsync(client));
        await WebSocketOrigin.SendAsync(client, "stop");
        Assert.Equal("echo before stop", await WebSocketOrigin.ReceiveTextAsync(client));
        Assert.Equal("closed", await WebSocketOrigin.ReceiveTextAsync(client));
        Assert.Equal((4000, "enough"), ((int)client.CloseStatus!, client.CloseStatusDescription));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task MessagesThatPass_ComeInOrderWhateverTheirSize(string url, string version, bool deflate)
    {
        await using var origin = await WebSocketOrigin.EchoAsync(deflate);
        await using var proxy = await TestProxy.StartAsync(origin, new Watching());
        using var client = await WebSocketOrigin.ConnectAsync(proxy, url, Version.Parse(version), deflate);
        var messages = new[] { 0, 1, 125, 126, 65_535, 65_536, 1_000_000, 3 }.Select(length => string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)))).ToList();

        var sending = Task.Run(async () =>
        {
            foreach (var message in messages) await WebSocketOrigin.SendAsync(client, message);
        });
        foreach (var message in messages) Assert.Equal("echo " + message, await WebSocketOrigin.ReceiveTextAsync(client));
        await sending;
    }

    [Fact]
    public async Task HookThatFails_LetsNothingPassAndClosesBothSides()
    {
        var seen = new Marks();
        await using var origin = await WebSocketOrigin.StartAsync(deflate: false, async webSocket =>
        {
            await seen.Add(await WebSocketOrigin.ReceiveTextAsync(webSocket));
            await seen.Add($"{(int?)webSocket.CloseStatus}");
        });
        var addon = new Watching { Message = _ => throw new FormatException("bad") };
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        using var client = await WebSocketOrigin.ConnectAsync(proxy, "wss://origin.test/", new Version(1, 1));

        await WebSocketOrigin.SendAsync(client, "secret");

        Assert.Equal("closed", await WebSocketOrigin.ReceiveTextAsync(client));
        Assert.Equal(WebSocketCloseStatus.InternalServerError, client.CloseStatus);
        Assert.Equal(["closed", "1011"], await seen.WaitAsync(2));
        await client.CloseOutputAsync(WebSocketCloseStatus.InternalServerError, null, CancellationToken.None);
        Assert.Equal("proxy_internal_error", (await proxy.WaitForFlowAsync()).Error!.Type);
        await proxy.WaitForLogAsync("FormatException: bad (in OnWebSocketMessage)");
        Assert.Equal(["start", "end 1011 An addon of the proxy failed. byClient= 1 up 0 down"], await addon.Marks.WaitAsync(2));
    }

    [Fact]
    public async Task AddonThatContinues_LetsMessagesPass()
    {
        await using var origin = await WebSocketOrigin.EchoAsync();
        await using var proxy = await TestProxy.StartAsync(origin, """
            [OnFailure(OnFailure.Continue)]
            void OnWebSocketMessage(WebSocketMessage message) => throw new FormatException("bad");
            """);
        using var client = await WebSocketOrigin.ConnectAsync(proxy, "ws://origin.test/", new Version(1, 1));

        await WebSocketOrigin.SendAsync(client, "hi");

        Assert.Equal("echo hi", await WebSocketOrigin.ReceiveTextAsync(client));
    }

    [Fact]
    public async Task OpenWebSocket_MeetsTheNewVersion()
    {
        await using var origin = await WebSocketOrigin.EchoAsync();
        const string script = """void OnWebSocketMessage(WebSocketMessage message) => message.Text += " one";""";
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Script = script + "\nvoid OnUnload() => Console.Write(\"\");", Watch = true });
        using var client = await WebSocketOrigin.ConnectAsync(proxy, "wss://origin.test/", new Version(2, 0));
        await WebSocketOrigin.SendAsync(client, "hi");
        Assert.Equal("echo hi one one", await WebSocketOrigin.ReceiveTextAsync(client));

        await File.WriteAllTextAsync(proxy.ScriptPath, script.Replace(" one", " two", StringComparison.Ordinal));
        await proxy.WaitForLogAsync("was replaced");

        await WebSocketOrigin.SendAsync(client, "hi");
        Assert.Equal("echo hi two two", await WebSocketOrigin.ReceiveTextAsync(client));
    }

    [Fact]
    public async Task SendingAfterTheEnd_IsRefused()
    {
        await using var origin = await WebSocketOrigin.EchoAsync();
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        using (var client = await WebSocketOrigin.ConnectAsync(proxy, "ws://origin.test/", new Version(1, 1)))
        {
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await addon.Marks.WaitAsync(2);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await addon.WebSocket!.SendToServerAsync("late"));
        await addon.WebSocket!.CloseAsync();
        Assert.True(addon.WebSocket.IsClosed);
    }

    [Theory]
    [InlineData(999, "")]
    [InlineData(1005, "")]
    [InlineData(5000, "")]
    [InlineData(1000, "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123x")]
    public async Task CloseThatCannotBeSent_IsRefused(int code, string reason)
    {
        await using var origin = await WebSocketOrigin.EchoAsync();
        var addon = new Watching();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        using var client = await WebSocketOrigin.ConnectAsync(proxy, "ws://origin.test/", new Version(1, 1));
        await WebSocketOrigin.SendAsync(client, "hi");
        await WebSocketOrigin.ReceiveTextAsync(client);

        await Assert.ThrowsAsync<ArgumentException>(async () => await addon.WebSocket!.CloseAsync(code, reason));
    }

    private sealed class Watching : Addon
    {
        public Marks Marks { get; } = new();

        public Action<WebSocketMessage> Message { get; init; } = static _ => { };

        public WebSocketConnection? WebSocket { get; private set; }

        public override ValueTask OnWebSocketStartAsync(WebSocketConnection webSocket)
        {
            WebSocket = webSocket;
            Assert.Same(webSocket, webSocket.Flow.WebSocket);
            return Marks.Add("start");
        }

        public override ValueTask OnWebSocketMessageAsync(WebSocketMessage message)
        {
            Message(message);
            return default;
        }

        public override ValueTask OnWebSocketEndAsync(WebSocketConnection webSocket) => Marks.Add(
            $"end {webSocket.CloseCode} {webSocket.CloseReason} byClient={webSocket.WasClosedByClient} {webSocket.MessagesFromClient} up {webSocket.MessagesFromServer} down");
    }
}
