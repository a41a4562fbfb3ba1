using System.Collections.Concurrent;
using ScriptProxy.Engine.Tests.Addons;
using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

public sealed class HealthMonitorTests
{
    private readonly ManualTimers _time = new();
    private readonly LogLines<HealthMonitorTests> _log = new();
    private readonly ConcurrentQueue<string> _checks = new();

    [Fact]
    public async Task EveryEndpoint_IsCheckedAtOnceAndThenAtIntervals()
    {
        var cluster = New();
        await using var monitor = new HealthMonitor(cluster, (endpoint, _) =>
        {
            _checks.Enqueue(endpoint.Host);
            return Task.FromResult<string?>(null);
        });

        monitor.Start();
        await UntilAsync(() => _checks.Count == 2 && _time.Waiting == 2);
        _time.Advance(TimeSpan.FromSeconds(6));
        await UntilAsync(() => _checks.Count == 4 && _time.Waiting == 2);

        Assert.Equal("aabb", string.Concat(_checks.Order()));
    }

    [Fact]
    public async Task CheckThatTakesTooLong_HasFailed()
    {
        var cluster = New();
        await using var monitor = new HealthMonitor(cluster, async (endpoint, cancellation) =>
        {
            if (endpoint.Host == "a") await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        });

        monitor.Start();
        await UntilAsync(() => _time.Waiting == 2);
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => _log.All.Count == 1);

        Assert.Equal(["Warning: Upstream c: a:80 is unhealthy after 1 checks that failed: no answer within 1 s"], _log.All);
    }

    private Cluster New() => new(new ClusterPlan("c", [("a", 80, 1), ("b", 80, 1)]) { Health = new() { Unhealthy = 1 } }, _time, _log);

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var end = Environment.TickCount64 + 30_000;
        while (!isSo())
        {
            Assert.True(Environment.TickCount64 < end, "It did not happen within 30 s.");
            await Task.Delay(5);
        }
    }
}
