using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Which connection to the origin a request goes out on, and what happens when that connection turns out dead.</summary>
public sealed class UpstreamReuseTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestsOfOneClient_ShareAConnection(bool tls)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = tls }, WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();

        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(tls ? Get.Replace("http://origin.test", "", StringComparison.Ordinal) : Get);
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        }

        Assert.Single(origin.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NextClient_TakesOverTheConnectionOfOneThatLeft(bool tls)
    {
        await using var origin = RawOrigin.StartAnswering(new RawOriginOptions { Tls = tls }, WireCase.Ok);
        await using var proxy = await TestProxy.StartAsync(origin);
        for (var i = 0; i < 3; i++)
        {
            await using var client = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();
            await client.SendAsync(tls ? Get.Replace("http://origin.test", "", StringComparison.Ordinal) : Get);
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
            await client.EndSendingAsync();
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.Single(origin.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task OriginWillClose_NextRequestGoesOutOnANewConnection(string response)
    {
        await using var origin = RawOrigin.StartAnswering(response);
        await using var proxy = await TestProxy.StartAsync(origin);
        for (var i = 1; i <= 3; i++)
        {
            await using var client = await proxy.ConnectAsync();
            await client.SendAsync(Get);
            await client.ReadMessageAsync();
            Assert.Equal(i, origin.Connections.Count);
        }
    }

    [Fact]
    public async Task OriginClosedWhileIdle_NextRequestIsServed()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(WireCase.Ok);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        for (var i = 1; i <= 5; i++)
        {
            await client.SendAsync(Get);
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        }

        Assert.Equal(5, origin.Connections.Count);
    }

    [Theory]
    [InlineData("GET", "", true)]
    [InlineData("HEAD", "", true)]
    [InlineData("OPTIONS", "", true)]
    [InlineData("DELETE", "", true)]
    [InlineData("PUT", "Content-Length: 0\r\n", true)]
    [InlineData("POST", "", false)]
    [InlineData("POST", "Content-Length: 0\r\n", false)]
    [InlineData("PATCH", "", false)]
    [InlineData("get", "", false)]
    public async Task IdleConnectionDiesUnderTheRequest_RepeatedOnceWhereThatIsSafe(string method, string fields, bool repeated)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            // Each connection answers one request and dies at the next.
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
            await connection.ReadHeadAsync();
            connection.Reset();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadHeadAsync();

        await client.SendAsync($"{method} http://origin.test/second HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n");
        var answer = await client.ReadMessageAsync();
        var request = $"{method} /second HTTP/1.1\r\nHost: origin.test\r\n{fields}\r\n";
        Assert.EndsWith(request, origin.Connections[0].ReceivedText, StringComparison.Ordinal);
        if (repeated)
        {
            Assert.Equal("HTTP/1.1 204 No Content\r\n\r\n", answer);
            Assert.Equal(2, origin.Connections.Count);
            Assert.Equal(request, origin.Connections[1].ReceivedText);
        }
        else
        {
            Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", answer, StringComparison.Ordinal);
            Assert.Single(origin.Connections);
        }
    }

    [Fact]
    public async Task RequestBodyAlreadySent_NotRepeated()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
            await connection.ReadMessageAsync();
            connection.Reset();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadHeadAsync();

        await client.SendAsync("PUT http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello");
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Single(origin.Connections);
    }

    [Fact]
    public async Task RepeatedRequestFailsToo_NotRepeatedAgain()
    {
        var connections = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            if (Interlocked.Increment(ref connections) == 1)
            {
                await connection.ReadHeadAsync();
                await connection.SendAsync(WireCase.Ok);
            }

            await connection.ReadHeadAsync();
            connection.Reset();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadMessageAsync();
        await client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal(2, connections);
    }

    [Fact]
    public async Task NewConnectionDies_NotRepeated()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            connection.Reset();
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Single(origin.Connections);
    }

    [Fact]
    public async Task ResponseBegan_NotRepeated()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(WireCase.Ok);
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 2");
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadMessageAsync();
        await client.SendAsync(Get);
        Assert.Contains("error=http_response_incomplete", await client.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Single(origin.Connections);
    }
}
