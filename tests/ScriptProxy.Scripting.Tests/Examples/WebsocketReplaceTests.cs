using System.Text;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class WebsocketReplaceTests
{
    [Fact]
    public async Task Word_IsReplacedInBothDirections()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            Assert.Equal("my butt", Unmasked(await connection.ReadExactlyAsync(2 + 4 + 7)));
            await connection.SendAsync("\u0081\u000byour clouds");
        });
        await using var proxy = await ExampleScripts.StartAsync("websocket-replace.csx", new TestProxyOptions { RawOrigins = [origin], Set = ["script.words={cloud: butt}"] });
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(
            "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await client.ReadHeadAsync();

        await client.SendAsync("\u0081\u0088\0\0\0\0my cloud");

        Assert.Equal("\u0081\u000ayour butts", await client.ReadExactlyAsync(2 + 10));
    }

    /// <summary>The payload of a short frame of a client (RFC 6455 §5.3).</summary>
    internal static string Unmasked(string frame)
    {
        var payload = new StringBuilder();
        for (var i = 6; i < frame.Length; i++) payload.Append((char)(frame[i] ^ frame[2 + (i - 6) % 4]));
        return payload.ToString();
    }
}
