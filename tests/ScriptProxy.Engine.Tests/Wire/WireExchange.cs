using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>
/// Runs a <see cref="WireCase"/> against a proxy, and then one more request on what should be left of the connections: a byte too many or too
/// few on either side shows there.
/// </summary>
internal static class WireExchange
{
    private const string Probe = "GET http://ORIGIN/probe HTTP/1.1\r\nHost: ORIGIN\r\n\r\n";
    private const string TunnelledProbe = "GET /probe HTTP/1.1\r\nHost: ORIGIN\r\n\r\n";
    private const string ProbeAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nprobe";

    public static async Task RunAsync(TestProxy proxy, WireCase wire, bool tls)
    {
        var authority = "";
        var isFirst = true;
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            if (isFirst && wire.OriginReceives is { } expected)
            {
                isFirst = false;
                received.TrySetResult(await ReadAsync(connection, At(expected, authority)));
                await connection.SendAsync(At(wire.Response, authority));
                if (wire.OriginCloses) return;
            }

            while (await connection.HasMoreAsync())
            {
                Assert.Equal(At(TunnelledProbe, authority), await ReadAsync(connection, At(TunnelledProbe, authority)));
                await connection.SendAsync(ProbeAnswer);
            }
        });

        authority = origin.EndPoint.ToString();
        await using var client = tls ? await proxy.TunnelTlsAsync(authority) : await proxy.ConnectAsync();
        await client.SendAsync(At(tls ? wire.TunnelledRequest! : wire.Request, authority));
        if (wire.OriginReceives is { } request) Assert.Equal(At(request, authority), await received.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(At(wire.ClientReceives, authority), await ReadAsync(client, At(wire.ClientReceives, authority)));
        await EndAsync(client, wire.End, At(tls ? TunnelledProbe : Probe, authority));
        if (wire.OriginReceives is null && wire.End != ClientEnd.Kept) Assert.Empty(origin.Connections);
    }

    private static async Task EndAsync(RawConnection client, ClientEnd end, string probe)
    {
        switch (end)
        {
            case ClientEnd.Kept:
                await client.SendAsync(probe);
                Assert.Equal(ProbeAnswer, await ReadAsync(client, ProbeAnswer));
                await client.EndSendingAsync();
                Assert.Equal("", await client.ReadToEndAsync());
                break;
            case ClientEnd.Closed:
                Assert.Equal("", await client.ReadToEndAsync());
                break;
            default:
                Assert.True(await client.IsResetAsync(), "The connection was ended properly.");
                break;
        }
    }

    /// <summary>As many bytes as expected, or fewer where the connection ends before.</summary>
    private static async Task<string> ReadAsync(RawConnection connection, string expected)
    {
        try
        {
            return await connection.ReadExactlyAsync(expected.Length);
        }
        catch (Exception exception) when (exception is EndOfStreamException or TimeoutException)
        {
            return $"{connection.ReceivedText} ({exception.Message})";
        }
    }

    private static string At(string text, string authority)
    {
        var real = text.Replace("ORIGIN", authority, StringComparison.Ordinal);
        var bodyLength = real.Length - real.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;
        return real.Replace(": LENGTH\r\n", $": {bodyLength}\r\n", StringComparison.Ordinal);
    }
}
