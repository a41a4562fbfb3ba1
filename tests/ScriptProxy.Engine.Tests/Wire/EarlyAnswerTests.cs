using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Both directions flow at once: answers before the end of an upload, echoes while it goes on.</summary>
public sealed class EarlyAnswerTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echo_FirstByteIsBackBeforeTheUploadEnds(bool tls)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 20; i++) await connection.SendAsync(await connection.ReadExactlyAsync(6));
            await connection.SendAsync(await connection.ReadExactlyAsync(5));
            await connection.HasMoreAsync();
        });
        await using var client = tls ? await proxies.Watched.TunnelTlsAsync(origin.EndPoint.ToString()) : await proxies.Watched.ConnectAsync();

        await client.SendAsync($"POST {Prefix(origin, tls)}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\nTransfer-Encoding: chunked\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", await client.ReadHeadAsync());
        for (var i = 0; i < 20; i++)
        {
            var chunk = $"1\r\n{(char)('a' + i)}\r\n";
            await client.SendAsync(chunk);
            Assert.Equal(chunk, await client.ReadExactlyAsync(6));
        }

        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", await client.ReadExactlyAsync(5));
        await client.EndSendingAsync();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Events_ArriveOneByOneWhileTheResponseIsOpen()
    {
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            for (var i = 0; i < 10; i++)
            {
                await connection.SendAsync($"data: {i}\n\n");
                await next.WaitAsync();
            }
        });
        await using var client = await proxies.Watched.ConnectAsync();

        await client.SendAsync($"GET {Prefix(origin, tls: false)}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n");
        await client.ReadHeadAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"data: {i}\n\n", await client.ReadExactlyAsync(9));
            next.Release();
        }

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("Content-Length: 1000000\r\n\r\n", false)]
    [InlineData("Content-Length: 1000000\r\n\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nf4240\r\n", false)]
    public async Task AnswerDuringUploadThatEndsTheConnection_IsReadAndSaysSo(string rest, bool tls)
    {
        const string answer = "HTTP/1.1 413 Too Big\r\nX-A: 1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig";
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(answer);
        });
        await using var client = tls ? await proxies.Bare.TunnelTlsAsync(origin.EndPoint.ToString()) : await proxies.Bare.ConnectAsync();

        await client.SendAsync($"POST {Prefix(origin, tls)}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n{rest}{new string('x', 1000)}");
        Assert.Equal(answer, await client.ReadMessageAsync());

        // Whatever the client still sends, it is no request, and the answer is not reset away.
        await client.SendAsync($"GET http://{origin.EndPoint}/smuggled HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Single(origin.Connections);
        Assert.StartsWith("POST ", origin.Connections[0].ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerDuringUploadThatKeepsTheConnection_UploadGoesOnAndSoDoesTheClient()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
            Assert.Equal("hello", await connection.ReadExactlyAsync(5));
            Assert.Equal("GET /next HTTP/1.1\r\nHost: origin.test\r\n\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync(WireCase.Ok);
            await connection.HasMoreAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhe");
        Assert.Equal("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n", await client.ReadMessageAsync());
        await client.SendAsync("llo");
        await client.SendAsync("GET http://origin.test/next HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Single(origin.Connections);
    }

    [Fact]
    public async Task OriginAnswersAndStopsReading_ClientReadsTheAnswer()
    {
        const string answer = "HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(answer);
            await connection.EndSendingAsync();

            // Nothing is read any more: the proxy finds its writes refused.
            await connection.ReadExactlyAsync(1000);
            connection.Reset();
        });
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync($"POST {Prefix(origin, tls: false)}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\nContent-Length: 3000000\r\n\r\n");
        await client.SendAsync(new byte[1000]);
        Assert.Equal(answer, await client.ReadMessageAsync());
    }

    private static string Prefix(RawOrigin origin, bool tls) => tls ? "" : $"http://{origin.EndPoint}";
}
