using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Requests sent without waiting for answers are served one after the other, each with its own answer (RFC 9112 §9.3.2).</summary>
public sealed class PipeliningTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FiftyInOnePacket_AnsweredInOrderOverOneConnection(bool tls)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, EchoTargetAsync);
        await using var client = tls ? await proxies.Watched.TunnelTlsAsync(origin.EndPoint.ToString()) : await proxies.Watched.ConnectAsync();
        var prefix = tls ? "" : $"http://{origin.EndPoint}";

        await client.SendAsync(string.Concat(Enumerable.Range(0, 50).Select(i => $"GET {prefix}/{i:00} HTTP/1.1\r\nHost: {origin.EndPoint}\r\nX-Number: {i}\r\n\r\n")));
        for (var i = 0; i < 50; i++) Assert.Equal(Echo($"GET /{i:00}"), await client.ReadMessageAsync());

        var expected = string.Concat(Enumerable.Range(0, 50).Select(i => $"GET /{i:00} HTTP/1.1\r\nHost: {origin.EndPoint}\r\nX-Number: {i}\r\n\r\n"));
        Assert.Equal(expected, Assert.Single(origin.Connections).ReceivedText);
    }

    [Fact]
    public async Task BodiesOfAllKinds_EachEndsWhereItEnds()
    {
        await using var origin = RawOrigin.Start(EchoTargetAsync);
        await using var client = await proxies.Bare.ConnectAsync();
        string[] messages =
        [
            "POST /a HTTP/1.1\r\nHost: ORIGIN\r\nContent-Length: 5\r\n\r\nhello",
            "POST /b HTTP/1.1\r\nHost: ORIGIN\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
            "POST /c HTTP/1.1\r\nHost: ORIGIN\r\nContent-Length: 0\r\n\r\n",
            "GET /d HTTP/1.1\r\nHost: ORIGIN\r\n\r\n",
            "POST /e HTTP/1.1\r\nHost: ORIGIN\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "PUT /f HTTP/1.1\r\nHost: ORIGIN\r\nContent-Length: 20\r\n\r\nGET /x HTTP/1.1\r\n\r\n!",
            "GET /g HTTP/1.1\r\nHost: ORIGIN\r\n\r\n",
        ];
        var text = string.Concat(messages).Replace("ORIGIN", origin.EndPoint.ToString(), StringComparison.Ordinal);

        await client.SendAsync(text.Replace(" /", $" http://{origin.EndPoint}/", StringComparison.Ordinal).Replace($"GET http://{origin.EndPoint}/x", "GET /x", StringComparison.Ordinal));
        foreach (var message in messages) Assert.Equal(Echo(message[..message.IndexOf(" HTTP", StringComparison.Ordinal)]), await client.ReadMessageAsync());
        Assert.Equal(text, Assert.Single(origin.Connections).ReceivedText);
    }

    [Fact]
    public async Task TwoOriginsInTurn_EachGetsItsOwn()
    {
        await using var first = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
        await using var second = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? first : second).EndPoint).Select(origin => $"GET http://{origin}/ HTTP/1.1\r\nHost: {origin}\r\n\r\n")));
        for (var i = 0; i < 20; i++) Assert.EndsWith(i % 2 == 0 ? "first" : "second", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Single(first.Connections);
        Assert.Single(second.Connections);
    }

    [Fact]
    public async Task BadRequestAmongGood_EndsTheConnectionThere()
    {
        await using var origin = RawOrigin.Start(EchoTargetAsync);
        await using var client = await proxies.Bare.ConnectAsync();
        var good = $"GET http://{origin.EndPoint}/1 HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n";

        await client.SendAsync(good + good.Replace("/1 ", "/2 ", StringComparison.Ordinal).Replace("Host:", "Host :", StringComparison.Ordinal) + good.Replace("/1 ", "/3 ", StringComparison.Ordinal));
        Assert.Equal(Echo("GET /1"), await client.ReadMessageAsync());
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal($"GET /1 HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n", Assert.Single(origin.Connections).ReceivedText);
    }

    private static string Echo(string line) => $"HTTP/1.1 200 OK\r\nContent-Length: {line.Length}\r\n\r\n{line}";

    private static async Task EchoTargetAsync(RawConnection connection)
    {
        while (await connection.HasMoreAsync())
        {
            var message = await connection.ReadMessageAsync();
            await connection.SendAsync(Echo(message[..message.IndexOf(" HTTP", StringComparison.Ordinal)]));
        }
    }
}
