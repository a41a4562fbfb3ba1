using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.WebSockets;

/// <summary>Origins and clients that speak WebSocket.</summary>
internal static class WebSocketOrigin
{
    private const string KeyGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Starts an origin that opens a WebSocket for every request.</summary>
    /// <param name="deflate">Whether it agrees to compression.</param>
    /// <param name="serveAsync">Serves it. What it throws fails the test.</param>
    public static Task<TestOrigin> StartAsync(bool deflate, Func<WebSocket, Task> serveAsync) => TestOrigin.StartAsync(async context =>
    {
        var offered = context.Request.Headers.SecWebSocketExtensions.ToString();
        var compresses = deflate && offered.Contains("permessage-deflate", StringComparison.Ordinal);
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = Accept(context.Request.Headers.SecWebSocketKey.ToString());
        if (context.Request.Headers.SecWebSocketProtocol.Count > 0) context.Response.Headers.SecWebSocketProtocol = context.Request.Headers.SecWebSocketProtocol;
        if (compresses) context.Response.Headers.SecWebSocketExtensions = "permessage-deflate";
        await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        using var webSocket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, DangerousDeflateOptions = compresses ? new WebSocketDeflateOptions() : null });
        try
        {
            await serveAsync(webSocket);
        }
        catch (WebSocketException exception) when (exception.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
        {
            // The client left: whether it should have is for the test to say.
        }
    });

    /// <summary>Starts an origin that sends back every message, with "echo " before it when it is text, and its own close.</summary>
    public static Task<TestOrigin> EchoAsync(bool deflate = false) => StartAsync(deflate, async webSocket =>
    {
        while (await ReceiveAsync(webSocket) is { } message)
        {
            if (message.IsText) await SendAsync(webSocket, "echo " + message.Text);
            else await webSocket.SendAsync(message.Bytes, WebSocketMessageType.Binary, true, CancellationToken.None);
        }

        await webSocket.CloseOutputAsync(webSocket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, webSocket.CloseStatusDescription, CancellationToken.None);
    });

    /// <summary>A client through a proxy.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="url">ws://origin.test/ or wss://origin.test/.</param>
    /// <param name="version">Over HTTP/1.1 or, with TLS, over HTTP/2 (RFC 8441).</param>
    /// <param name="deflate">Whether it offers compression.</param>
    public static async Task<ClientWebSocket> ConnectAsync(TestProxy proxy, string url, Version version, bool deflate = false)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = version;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (deflate) client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await client.ConnectAsync(new Uri(url), proxy.CreateClient(version), deadline.Token);
        return client;
    }

    public static Task SendAsync(WebSocket webSocket, string text) => webSocket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>Reads a whole message.</summary>
    /// <returns>Null at the closing frame.</returns>
    public static async Task<ReceivedMessage?> ReceiveAsync(WebSocket webSocket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var result = await webSocket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            bytes.Write(buffer.AsSpan(0, result.Count));
            if (result.EndOfMessage) return new ReceivedMessage(result.MessageType == WebSocketMessageType.Text, bytes.ToArray());
        }
    }

    public static async Task<string> ReceiveTextAsync(WebSocket webSocket) => (await ReceiveAsync(webSocket))?.Text ?? "closed";

    public static string Accept(string key)
    {
#pragma warning disable CA5350 // RFC 6455 §4.2.2 says SHA-1.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeyGuid)));
#pragma warning restore CA5350
    }

    internal sealed record ReceivedMessage(bool IsText, byte[] Bytes)
    {
        public string Text => Encoding.UTF8.GetString(Bytes);
    }
}
