using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Connections to an HTTP/1.1 origin, each of which carries one of the requests that an HTTP/2 client makes at once.</summary>
public sealed class UpstreamPoolTests
{
    private const int AtOnce = 8;

    [Fact]
    public async Task RequestsAtOnce_AgainAndAgain_ReuseTheirConnections()
    {
        var origin = new Origin();
        await using var server = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http1 }, origin.AnswerAsync);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [server], Proxy = new ProxyOptions { MaxIdlePerOrigin = 1 } });
        var client = proxy.CreateClient(HttpVersion.Version20);
        await WaveAsync(client, origin);
        var end = Environment.TickCount64 + 30_000;

        // A connection goes back a moment after its answer: a wave that begins before that opens another.
        int before;
        do
        {
            Assert.True(Environment.TickCount64 < end, "Every wave of requests opens connections.");
            before = origin.Opened.Count;
            await WaveAsync(client, origin);
        }
        while (origin.Opened.Count > before);

        Assert.InRange(origin.Opened.Count, AtOnce, AtOnce * 4);
    }

    [Fact]
    public async Task ConnectionsOfABurst_AreClosedSoonAfter()
    {
        var origin = new Origin();
        await using var server = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http1 }, origin.AnswerAsync);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [server], Proxy = new ProxyOptions { MaxIdlePerOrigin = 1 } });

        await WaveAsync(proxy.CreateClient(HttpVersion.Version20), origin);

        await TestDeadline.PollAsync(() => origin.Closed == AtOnce - 1 ? "closed" : null, () => $"{origin.Closed} of {AtOnce} connections were closed.");
    }

    private static async Task WaveAsync(HttpClient client, Origin origin)
    {
        origin.Expect(AtOnce);
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => client.GetAsync($"https://origin.test/{number}")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    /// <summary>Answers once all requests of a wave are there.</summary>
    private sealed class Origin
    {
        private TaskCompletionSource _all = new();
        private int _missing;
        private int _closed;

        public ConcurrentDictionary<string, bool> Opened { get; } = new();

        public int Closed => Volatile.Read(ref _closed);

        public void Expect(int requests)
        {
            _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _missing = requests;
        }

        public async Task AnswerAsync(HttpContext context)
        {
            if (Opened.TryAdd(context.Connection.Id, true))
                context.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(() => Interlocked.Increment(ref _closed));

            if (Interlocked.Decrement(ref _missing) == 0) _all.SetResult();
            await _all.Task.WaitAsync(TestDeadline.Limit);
        }
    }
}
