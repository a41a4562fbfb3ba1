using ScriptProxy.Engine.Tests.Hooks;
using ScriptProxy.Engine.WebSockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>WebSockets that addons look into, as bytes: what passes as it came, and what is not let pass.</summary>
public sealed class WebSocketWireTests
{
    private const string Request = "GET http://origin.test/chat HTTP/1.1\r\nHost: origin.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    private static readonly string RequestAtOrigin = Request.Replace("http://origin.test", "", StringComparison.Ordinal);

    [Fact]
    public async Task FramesNobodyChanged_PassAsTheyCame()
    {
        // A ping between two parts of a message does not wait for the second.
        const string serversMessage = "\u0001\u0003one|\u0080\u0003two";
        const string clientsMessage = "\u0001\u0083abcd\u000e\f\u0006|\u0080\u0083abcd\u0015\u0015\f";
        var (fromServer, throughToClient) = Interrupted(serversMessage, "\u0089\u0001?", "\u0081\u0000\u0082\u0002\u0000\u00ff");
        var (fromClient, throughToServer) = Interrupted(clientsMessage, "\u0089\u0081abcd^", "\u008a\u0080wxyz");
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal(RequestAtOrigin + "\r\n", await connection.ReadHeadAsync());

            // The first frame in one packet with the head.
            await connection.SendAsync(Switching + "\r\n" + fromServer);
            Assert.Equal(throughToServer, await connection.ReadExactlyAsync(throughToServer.Length));
            Assert.Equal("\u0088\u0082abcd\u0062\u008a", await connection.ReadExactlyAsync(8));
            await connection.SendAsync("\u0088\u0002\u0003\u00e8");
        });
        await using var proxy = await TestProxy.StartAsync(origin, new Seeing());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request + "\r\n");
        Assert.Equal(Switching + "\r\n", await client.ReadHeadAsync());
        Assert.Equal(throughToClient, await client.ReadExactlyAsync(throughToClient.Length));
        await client.SendAsync(fromClient);
        await client.SendAsync("\u0088\u0082abcd\u0062\u008a");
        Assert.Equal("\u0088\u0002\u0003\u00e8", await client.ReadToEndAsync());

        static (string Sent, string Received) Interrupted(string message, string ping, string rest) =>
            (message.Replace("|", ping, StringComparison.Ordinal) + rest, ping + message.Replace("|", "", StringComparison.Ordinal) + rest);
    }

    [Theory]
    [InlineData("\u0081\u0001x", 1002)]
    [InlineData("\u0083\u0080abcd", 1002)]
    [InlineData("\u0081\u0082abcd\u009e\u009c", 1007)]
    [InlineData("\u0082\u00fe\u0007\u00d1abcd", 1009)]
    [InlineData("\u0088\u0081abcda", 1002)]
    public async Task ClientThatBreaksTheProtocol_IsToldAndTheServerIsLeft(string frame, int code)
    {
        var atOrigin = new TaskCompletionSource<string>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching + "\r\n");
            atOrigin.SetResult(await connection.ReadToEndAsync());
        });
        var addon = new Seeing();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = [addon], Proxy = new ProxyOptions { BodyLimit = 2000 } });
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Request + "\r\n");
        await client.ReadHeadAsync();

        await client.SendAsync(frame);

        var closing = await client.ReadToEndAsync();
        Assert.Equal($"88 {code}", $"{(int)closing[0]:x} {(closing[2] << 8) | closing[3]}");
        await client.EndSendingAsync();
        var left = await atOrigin.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((Opcode)8, (Opcode)(left[0] & 0x0F));
        Assert.Equal("http_request_error", (await proxy.WaitForFlowAsync()).Error!.Type);
        Assert.StartsWith($"end {code} ", (await addon.Marks.WaitAsync(1))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatBreaksTheProtocol_IsToldAndTheClientIsLeft()
    {
        var closing = new TaskCompletionSource<string>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching + "\r\n\u0081\u0081abcd\0");
            closing.SetResult(await connection.ReadExactlyAsync(8));
        });
        await using var proxy = await TestProxy.StartAsync(origin, new Seeing());
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Request + "\r\n");
        await client.ReadHeadAsync();

        Assert.Equal("\u0088", (await client.ReadExactlyAsync(4))[..1]);
        Assert.Equal("\u0088", (await closing.Task.WaitAsync(TimeSpan.FromSeconds(30)))[..1]);
        await client.EndSendingAsync();
        Assert.Equal("http_protocol_error", (await proxy.WaitForFlowAsync()).Error!.Type);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndWithoutClosingFrame_IsPassedOnAndTold(bool byClient)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching + "\r\n");
            if (byClient) Assert.Equal("", await connection.ReadToEndAsync());
        });
        var addon = new Seeing();
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Request + "\r\n");
        await client.ReadHeadAsync();

        if (byClient) await client.EndSendingAsync();
        Assert.Equal("", await client.ReadToEndAsync());
        await client.EndSendingAsync();

        Assert.Equal(["end 1006  byClient="], await addon.Marks.WaitAsync(1));
    }

    [Theory]
    [InlineData("permessage-deflate; client_max_window_bits", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")]
    [InlineData("x-odd, permessage-deflate", "Sec-WebSocket-Extensions: permessage-deflate\r\n")]
    [InlineData("x-odd", "")]
    public async Task ExtensionsNobodyHereCanRead_AreNotOffered(string offered, string atOrigin)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            Assert.Equal(RequestAtOrigin + atOrigin + "\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync(Switching + "\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(origin, new Seeing());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request + $"Sec-WebSocket-Extensions: {offered}\r\n\r\n");

        Assert.Equal(Switching + "\r\n", await client.ReadHeadAsync());
    }

    [Fact]
    public async Task ExtensionThatWasNotOffered_IsAnswered502()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching + "Sec-WebSocket-Extensions: x-odd\r\n\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(origin, new Seeing());
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request + "\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressedMessages_PassAsTheyCameUntilOneIsChanged()
    {
        // "Hello" compressed, and "Hello" again as a reference to the first (RFC 7692 §7.2.3.1, §7.2.3.2).
        const string first = "\u00c1\u0007\u00f2\u0048\u00cd\u00c9\u00c9\u0007\0";
        const string second = "\u00c1\u0005\u00f2\0\u0011\0\0";
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Switching + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n" + first + second + second + second);
            await connection.HasMoreAsync();
        });
        var count = 0;
        await using var proxy = await TestProxy.StartAsync(origin, new Seeing { Message = message => { if (++count == 3) message.Text = "Bye"; } });
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Request + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
        await client.ReadHeadAsync();

        // The fourth refers to what the client was not sent: it leaves in clear.
        Assert.Equal(first + second + "\u0081\u0003Bye" + "\u0081\u0005Hello", await client.ReadExactlyAsync(9 + 7 + 5 + 7));
    }

    private sealed class Seeing : Addon
    {
        public Marks Marks { get; } = new();

        public Action<WebSocketMessage> Message { get; init; } = static _ => { };

        public override ValueTask OnWebSocketMessageAsync(WebSocketMessage message)
        {
            Message(message);
            return default;
        }

        public override ValueTask OnWebSocketEndAsync(WebSocketConnection webSocket) => Marks.Add($"end {webSocket.CloseCode} {webSocket.CloseReason} byClient={webSocket.WasClosedByClient}");
    }
}
