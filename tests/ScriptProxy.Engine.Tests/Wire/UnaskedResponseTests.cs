using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>What an origin sends without being asked is nobody's answer (RFC 9112 §11.2): not the next request's, not the next client's.</summary>
public sealed class UnaskedResponseTests
{
    private const string Get = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Tunnelled = "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    private const string Poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

    public static TheoryData<string, bool> Responses
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var tls in new[] { false, true })
            {
                data.Add(WireCase.Ok, tls);
                data.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", tls);
                data.Add("HTTP/1.1 204 No Content\r\n\r\n", tls);
                data.Add("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", tls);

                // Exactly as long as what is read at once: nothing of the rest is in the proxy's own buffer then.
                data.Add(Filled(16 * 1024), tls);
                data.Add(Filled(64 * 1024), tls);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task InOnePacket_NotDelivered(string response, bool tls)
    {
        await RunAsync(tls, async connection => await connection.SendAsync(response + Poison), response);
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task InItsOwnPacket_NotDelivered(string response, bool tls)
    {
        await RunAsync(
            tls,
            async connection =>
            {
                await connection.SendAsync(response);
                await connection.SendAsync(Poison);
            },
            response);
    }

    private static async Task RunAsync(bool tls, Func<RawConnection, Task> answerAsync, string response)
    {
        var isFirst = true;
        var allSent = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            while (await connection.HasMoreAsync())
            {
                await connection.ReadHeadAsync();
                if (!isFirst)
                {
                    await connection.SendAsync(WireCase.Ok);
                    continue;
                }

                isFirst = false;
                await answerAsync(connection);
                allSent.SetResult();
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();

        await client.SendAsync(tls ? Tunnelled : Get);
        Assert.Equal(response, await client.ReadExactlyAsync(response.Length));
        // What comes only after the next request went out cannot be told from its answer, in HTTP/1.1, by anyone.
        await allSent.Task;
        await client.SendAsync(tls ? Tunnelled : Get);
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());

        await using var other = tls ? await proxy.TunnelTlsAsync("origin.test:443") : await proxy.ConnectAsync();
        await other.SendAsync(tls ? Tunnelled : Get);
        Assert.Equal(WireCase.Ok, await other.ReadMessageAsync());
    }

    private static string Filled(int length)
    {
        var head = $"HTTP/1.1 200 OK\r\nContent-Length: {length - 100}\r\nX-Fill: ";
        return $"{head}{new string('f', 100 - head.Length - 4)}\r\n\r\n{new string('b', length - 100)}";
    }
}
