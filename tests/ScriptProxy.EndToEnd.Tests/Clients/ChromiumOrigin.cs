using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

/// <summary>
/// A page that fetches, posts and talks over a WebSocket, and writes what came of it into itself. It loads an image that is answered when
/// the page has reported that it is done, so the load event, at which the browser prints the page, comes last.
/// </summary>
internal sealed class ChromiumOrigin
{
    private const string Page = """
        <!doctype html><title>test</title><img src="/hold.png" alt="">
        <ul id="results"></ul>
        <script>
          const show = (name, value) => {
            const item = document.createElement('li');
            item.textContent = `${name}=${value}`;
            document.getElementById('results').append(item);
          };
          const talk = () => new Promise((resolve, reject) => {
            const socket = new WebSocket('wss://origin.test/talk');
            socket.onopen = () => socket.send('ping');
            socket.onmessage = message => { resolve(message.data); socket.close(); };
            socket.onerror = () => reject(new Error('the WebSocket failed'));
          });
          (async () => {
            show('protocol', performance.getEntriesByType('navigation')[0].nextHopProtocol);
            show('get', await (await fetch('/echo?by=chromium')).text());
            show('post', await (await fetch('/echo', { method: 'POST', body: new Uint8Array(3000000) })).text());
            show('websocket', await talk());
          })().catch(error => show('error', error)).finally(() => fetch('/done'));
        </script>
        """;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/":
                context.Response.ContentType = "text/html; charset=utf-8";
                await context.Response.WriteAsync(Page);
                break;
            case "/hold.png":
                await _done.Task.WaitAsync(Eventually.Patience);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
            case "/done":
                _done.TrySetResult();
                break;
            case "/talk":
                await TalkAsync(context);
                break;
            default:
                await EchoOrigin.AnswerAsync(context);
                break;
        }
    }

    /// <summary>Accepts the WebSocket (RFC 6455 §4.2.2) and answers one message, naming the mark the proxy put on the request.</summary>
    private static async Task TalkAsync(HttpContext context)
    {
        var key = context.Request.Headers.SecWebSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // The protocol says SHA-1; nothing is protected by it.
        context.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key)));
#pragma warning restore CA5350
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });

        var buffer = new byte[100];
        var message = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        var answer = $"{Encoding.UTF8.GetString(buffer, 0, message.Count)} through {context.Request.Headers[EchoOrigin.ThroughHeader]}";
        await socket.SendAsync(Encoding.UTF8.GetBytes(answer), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
