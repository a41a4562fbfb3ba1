namespace ScriptProxy.Engine.Tests.Addons;

public sealed class HookWatchdogTests
{
    [Fact]
    public async Task BusyHook_IsNamedAndThenEverMoreRarely()
    {
        using var bench = new HookBench();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        bench.Add(_ =>
        {
            entered.Set();
            release.Wait();
            return default;
        });
        var call = Task.Run(bench.RunAsync);
        entered.Wait();
        var since = Environment.TickCount64;

        bench.Watchdog.Scan(since);
        Assert.Empty(bench.Log.All);
        foreach (var seconds in new[] { 5, 6, 7, 8, 9, 10, 11, 12, 15, 21 }) bench.Watchdog.Scan(since + (seconds * 1000) + 500);
        var lines = bench.Log.All;

        release.Set();
        await call;
        bench.Watchdog.Scan(since + 100_000);
        Assert.Equal(
            ["Warning: addon1: OnRequest has been busy for 5 s", "Warning: addon1: OnRequest has been busy for 11 s"],
            lines.Take(2));
        Assert.Equal(2, lines.Count);
        Assert.DoesNotContain(bench.Log.All, line => line.Contains("100 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HookBusyOnManyThreads_IsNamedOnce()
    {
        using var bench = new HookBench();
        using var entered = new CountdownEvent(3);
        using var release = new ManualResetEventSlim();
        bench.Add(_ =>
        {
            entered.Signal();
            release.Wait();
            return default;
        });
        var calls = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(bench.RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToArray();
        entered.Wait();

        bench.Watchdog.Scan(Environment.TickCount64 + 3_000);

        release.Set();
        await Task.WhenAll(calls);
        Assert.Contains("has been busy on 3 threads, for 3 s at the most", Assert.Single(bench.Log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HookThatWaitsWithoutAThread_IsNotBusy()
    {
        using var bench = new HookBench();
        var release = new TaskCompletionSource();
        bench.Add(_ => new ValueTask(release.Task));
        var call = bench.RunAsync();

        bench.Watchdog.Scan(Environment.TickCount64 + 10_000);

        Assert.Empty(bench.Log.All);
        release.SetResult();
        await call;
    }

    [Fact]
    public async Task HookWithinAHook_LeavesTheOuterOneWatched()
    {
        using var bench = new HookBench();
        var inner = bench.AddMark("inner");
        var seen = "";
        bench.Add(marks =>
        {
            var slot = bench.Watchdog.Slot;
            slot.Exit(slot.Enter(inner, Environment.TickCount64));
            if (slot.TryRead(out var hook, out _)) seen = hook.Addon.Name;
            return default;
        });

        await bench.RunAsync();

        Assert.Equal("addon2", seen);
        Assert.False(bench.Watchdog.Slot.TryRead(out _, out _));
    }

    [Fact]
    public void Timer_ScansOnceASecond()
    {
        var time = new ManualTimers();
        using var bench = new HookBench(time: time);
        Assert.Equal(0, time.Waiting);

        _ = bench.Watchdog.Slot;

        Assert.Equal(1, time.Waiting);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, time.Waiting);
    }
}
