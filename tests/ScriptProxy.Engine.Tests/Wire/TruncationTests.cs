using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>A message that stops before its end (RFC 9112 §8) is passed on as one that stopped, never as a whole one.</summary>
public sealed class TruncationTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    private const string ChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static TheoryData<string, bool, bool> Responses
    {
        get
        {
            var data = new TheoryData<string, bool, bool>();
            string[] responses =
            [
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
                $"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{new string('p', 200_000)}",
                ChunkedHead,
                ChunkedHead + "5",
                ChunkedHead + "5\r\n",
                ChunkedHead + "5\r\nhel",
                ChunkedHead + "5\r\nhello",
                ChunkedHead + "5\r\nhello\r\n",
                ChunkedHead + "5\r\nhello\r\n0",
                ChunkedHead + "5\r\nhello\r\n0\r\n",
                ChunkedHead + "5\r\nhello\r\n0\r\nX-T: v\r\n",
            ];
            foreach (var response in responses)
            {
                foreach (var tls in new[] { false, true })
                {
                    data.Add(response, tls, false);
                    data.Add(response, tls, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task OriginStopsInTheBody_ClientIsCut(string response, bool tls, bool reset)
    {
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = tls }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response);
            if (reset) connection.Reset();
        });
        await using var client = tls ? await proxies.Bare.TunnelTlsAsync(origin.EndPoint.ToString()) : await proxies.Bare.ConnectAsync();

        await client.SendAsync(Request(origin, tls));
        Assert.True(await client.IsResetAsync(), $"The client saw a proper end after \"{client.ReceivedText}\".");
        var received = client.ReceivedText[(tls ? client.ReceivedText.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 : 0)..];

        // A reset by the origin may take its last bytes with it, and with them the head; then there was nothing to cut.
        if (!reset || received.Length > 0) Assert.StartsWith(received[..Math.Min(received.Length, response.Length)], response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ChunksUndoneForHttp10_ClientIsCutAllTheSame(bool reset)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(ChunkedHead + "5\r\nhello\r\n");
            await connection.SendAsync("5\r\nhe");
            if (reset) connection.Reset();
        });
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync(Request(origin, tls: false).Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal));
        Assert.True(await client.IsResetAsync(), "The client saw a proper end.");
    }

    [Fact]
    public async Task OriginResetsABodyUntilClose_ClientIsCut()
    {
        var arrived = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\nbegin");
            await arrived.Task;
            connection.Reset();
        });
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync(Request(origin, tls: false));
        await client.ReadUntilAsync("begin");
        arrived.SetResult();
        Assert.True(await client.IsResetAsync(), "The client saw a proper end.");
    }

    /// <summary>The platform's TLS does not tell a missing close_notify (RFC 9112 §9.8) from a present one: docs/fidelity.md names it.</summary>
    [Fact]
    public async Task TlsEndsWithoutCloseNotifyInABodyUntilClose_PassesAsAnEnd()
    {
        using var certificate = TestAuthority.Shared.Issue("127.0.0.1");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var socket = await listener.AcceptSocketAsync();
            var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsServerAsync(certificate.Certificate);
            await tls.ReadAtLeastAsync(new byte[1_000], 20, throwOnEndOfStream: false);
            await tls.WriteAsync("HTTP/1.1 200 OK\r\n\r\nbegin"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveAsync(new byte[1_000]);
        });
        await using var client = await proxies.Bare.TunnelTlsAsync(listener.LocalEndpoint.ToString()!);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.EndsWith("\r\n\r\nbegin", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await serving;
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r")]
    [InlineData("HTTP/1.1 103 Hints\r\n\r\n")]
    public async Task OriginStopsInTheHead_ClientIsToldAndStays(string response)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response);
        });
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync(Request(origin, tls: false));
        if (response.Contains("103", StringComparison.Ordinal)) await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
        await client.SendAsync(Request(origin, tls: false));
        if (response.Contains("103", StringComparison.Ordinal)) await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\npart", false)]
    [InlineData("Content-Length: 100\r\n\r\npart", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", false)]
    public async Task ClientStopsInTheBody_OriginIsCut(string rest, bool reset)
    {
        var end = new TaskCompletionSource<bool>();
        var arrived = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            arrived.SetResult();
            end.SetResult(await connection.IsResetAsync());
        });
        await using var client = await proxies.Bare.ConnectAsync();

        await client.SendAsync($"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n{rest}");
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        if (reset) client.Reset();
        else await client.EndSendingAsync();
        Assert.True(await end.Task.WaitAsync(TimeSpan.FromSeconds(60)), "The origin saw a proper end.");
    }

    private static string Request(RawOrigin origin, bool tls) => $"GET {(tls ? "" : $"http://{origin.EndPoint}")}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n";
}
