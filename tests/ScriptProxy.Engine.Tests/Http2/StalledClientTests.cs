using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Clients whose windows are small, or never open: what they do not take is not kept for them, and nobody else waits.</summary>
public sealed class StalledClientTests
{
    private const int Streams = 100;
    private const long BodyBytes = 100L * 1024 * 1024;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task HundredDownloadsThatNobodyReads_AreHeldBackAtTheOrigin(HttpProtocols protocols)
    {
        long sent = 0;
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, async context =>
        {
            if (context.Request.Path == "/small") return;
            var piece = new byte[64 * 1024];
            context.Response.ContentLength = BodyBytes;
            try
            {
                for (var left = BodyBytes; left > 0; left -= piece.Length)
                {
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                    Interlocked.Add(ref sent, piece.Length);
                }
            }
            catch (OperationCanceledException)
            {
                // The client left, as it was to.
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using (var peer = await Http2Peer.ConnectAsync(proxy))
        {
            await peer.SendSettingsAsync((4, 0));
            for (var i = 0; i < Streams; i++) await peer.SendHeadAsync((2 * i) + 1, true, Http2Peer.Get);
            for (var heads = 0; heads < Streams;)
            {
                var frame = await peer.ReadAsync();
                Assert.NotEqual(FrameType.Data, frame.Header.Type);
                if (frame.Header.Type == FrameType.Headers) heads++;
            }

            await UntilStillAsync(() => Interlocked.Read(ref sent));

            // The windows towards the origin are 1 MiB a stream; what is beyond lies in the buffers of the system and of the origin.
            Assert.InRange(Interlocked.Read(ref sent), 1, Streams * 8L * 1024 * 1024);
            using var other = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/small").WaitAsync(TestDeadline.Limit);
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }

        // The client is gone: every one of its flows ends.
        await proxy.WaitForFlowAsync(Streams);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task WindowOfOneByte_GetsTheBodyByteByByte(HttpProtocols protocols)
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, context => context.Response.WriteAsync("0123456789"));
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await Http2Peer.ConnectAsync(proxy);
        await peer.SendSettingsAsync((4, 1));
        await peer.SendHeadAsync(1, true, Http2Peer.Get);
        await peer.ReadHeadAsync();

        var body = "";
        while (true)
        {
            var frame = await peer.ReadAsync(FrameType.Data);
            Assert.InRange(frame.Payload.Length, 0, 1);
            body += frame.Text;
            if (frame.EndsStream) break;
            await peer.SendNumberAsync(FrameType.WindowUpdate, 1, 1);
        }

        Assert.Equal("0123456789", body);
    }

    [Fact]
    public async Task OriginWithAWindowOfOneByte_GetsTheBodyByteByByte()
    {
        var received = "";
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"] }, async connection =>
        {
            await using var peer = await Http2Peer.AcceptAsync(connection, (4, 1));
            await peer.ReadHeadAsync();
            while (true)
            {
                var frame = await peer.ReadAsync(FrameType.Data);
                received += frame.Text;
                if (frame.EndsStream) break;

                // What was sent before the setting was known is a debt of the window (RFC 9113 §6.9.2).
                await peer.SendNumberAsync(FrameType.WindowUpdate, 1, Math.Max(1, frame.Payload.Length));
            }

            await peer.SendHeadAsync(1, true, ":status: 204");
            await connection.ReadToEndAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var response = await proxy.CreateClient(HttpVersion.Version20).PostAsync("https://origin.test/", new StringContent(new string('x', 200)));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(200, received.Length);
    }

    /// <summary>Waits until a number has stopped growing.</summary>
    private static async Task UntilStillAsync(Func<long> read)
    {
        var last = -1L;
        for (var still = 0; still < 30;)
        {
            var now = read();
            still = now == last && now > 0 ? still + 1 : 0;
            last = now;
            await Task.Delay(10);
        }
    }
}
