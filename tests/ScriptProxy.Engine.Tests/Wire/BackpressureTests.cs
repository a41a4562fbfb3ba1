using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>
/// A side that does not read holds up the side that sends: what is on its way is what fits a few socket buffers, not what the sender has.
/// </summary>
public sealed class BackpressureTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    private const int PieceBytes = 1024 * 1024;
    private const int Pieces = 256;
    private const int MostOnItsWay = 64 * PieceBytes;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OriginDoesNotRead_ClientCannotSend(bool watched)
    {
        using var listener = Listen();
        using var client = await ConnectAsync(proxies.Of(watched).EndPoint);
        var authority = listener.LocalEndPoint!.ToString();
        await SendTextAsync(client, $"POST http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {(long)Pieces * PieceBytes}\r\n\r\n");
        using var origin = await listener.AcceptAsync();
        await ReadUntilAsync(origin, "\r\n\r\n");

        var progress = new Progress();
        var sending = SendAsync(client, progress);
        Assert.InRange(await progress.StandstillAsync(), 1, MostOnItsWay);
        Assert.False(sending.IsCompleted);

        Assert.Equal((long)Pieces * PieceBytes, await ReadAsync(origin, (long)Pieces * PieceBytes));
        await sending;
        await SendTextAsync(origin, WireCase.Ok);
        Assert.Equal(WireCase.Ok, await ReadUntilAsync(client, "ok"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientDoesNotRead_OriginCannotSend(bool watched)
    {
        using var listener = Listen();
        using var client = await ConnectAsync(proxies.Of(watched).EndPoint);
        var authority = listener.LocalEndPoint!.ToString();
        await SendTextAsync(client, $"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        using var origin = await listener.AcceptAsync();
        await ReadUntilAsync(origin, "\r\n\r\n");

        var head = $"HTTP/1.1 200 OK\r\nContent-Length: {(long)Pieces * PieceBytes}\r\n\r\n";
        await SendTextAsync(origin, head);
        var progress = new Progress();
        var sending = SendAsync(origin, progress);
        Assert.InRange(await progress.StandstillAsync(), 1, MostOnItsWay);
        Assert.False(sending.IsCompleted);

        Assert.Equal(head.Length + (long)Pieces * PieceBytes, await ReadAsync(client, head.Length + (long)Pieces * PieceBytes));
        await sending;
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint);
        return socket;
    }

    private static async Task SendTextAsync(Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text));

    private static async Task SendAsync(Socket socket, Progress progress)
    {
        var piece = new byte[PieceBytes];
        for (var i = 0; i < Pieces; i++)
        {
            for (var sent = 0; sent < piece.Length;)
            {
                var count = await socket.SendAsync(piece.AsMemory(sent));
                sent += count;
                progress.Add(count);
            }
        }
    }

    private static async Task<long> ReadAsync(Socket socket, long bytes)
    {
        var piece = new byte[PieceBytes];
        long total = 0;
        while (total < bytes && await socket.ReceiveAsync(piece) is var count and > 0) total += count;
        return total;
    }

    private static async Task<string> ReadUntilAsync(Socket socket, string end)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal) && await socket.ReceiveAsync(one) > 0) text.Append((char)one[0]);
        return text.ToString();
    }

    /// <summary>Counts bytes, and waits until there come no more.</summary>
    private sealed class Progress
    {
        private long _bytes;

        public void Add(int count) => Interlocked.Add(ref _bytes, count);

        /// <summary>What was counted when nothing had been added for a second.</summary>
        public async Task<long> StandstillAsync()
        {
            var last = -1L;
            for (var unchanged = 0; unchanged < 20; unchanged++)
            {
                var now = Interlocked.Read(ref _bytes);
                if (now != last || now == 0) unchanged = 0;
                last = now;
                await Task.Delay(50);
            }

            return last;
        }
    }
}
