using System.Net;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>What an origin may set (RFC 9113 §6.5.2) is kept to, however little it is.</summary>
public sealed class OriginSettingsTests
{
    private const int HeaderTableSize = 1;
    private const int MaxConcurrentStreams = 3;
    private const int RefusedStream = 7;

    [Fact]
    public async Task NoHeaderTable_IsAcknowledgedInTheNextHead()
    {
        await using var origin = Start([(HeaderTableSize, 0)], async peer =>
        {
            for (var stream = 1; ; stream += 2)
            {
                await peer.ReadHeadAsync();
                await peer.SendHeadAsync(stream, true, ":status: 204");
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);

        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.GetAsync("https://origin.test/");
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        Assert.Single(origin.Connections);
    }

    [Fact]
    public async Task OneStreamAtATime_OthersTakeAnotherConnection()
    {
        var goOn = new TaskCompletionSource();
        await using var origin = Start([(MaxConcurrentStreams, 1)], async peer =>
        {
            for (var stream = 1; ; stream += 2)
            {
                await peer.ReadHeadAsync();
                if (stream > 1) await goOn.Task;
                await peer.SendHeadAsync(stream, true, ":status: 204");
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        var client = proxy.CreateClient(HttpVersion.Version20);
        using var first = await client.GetAsync("https://origin.test/");

        var both = Task.WhenAll(client.GetAsync("https://origin.test/"), client.GetAsync("https://origin.test/"));
        await TestDeadline.PollAsync(() => origin.Connections.Count > 1 ? origin : null, () => "No second connection came.");
        goOn.SetResult();

        Assert.All(await both.WaitAsync(TestDeadline.Limit), answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
    }

    [Fact]
    public async Task NoStreamsAtAll_IsABadGatewayAfterFewTries()
    {
        await using var origin = Start([(MaxConcurrentStreams, 0)], async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendNumberAsync(FrameType.Reset, 1, RefusedStream);
            await peer.Connection.ReadToEndAsync();
        });
        await using var proxy = await TestProxy.StartAsync(origin);

        using var answer = await proxy.CreateClient(HttpVersion.Version20).GetAsync("https://origin.test/");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.InRange(origin.Connections.Count, 1, 4);
    }

    private static RawOrigin Start((int Setting, int Value)[] settings, Func<Http2Peer, Task> dialogue) => RawOrigin.Start(
        new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"] }, async connection => await dialogue(await Http2Peer.AcceptAsync(connection, settings)));
}
