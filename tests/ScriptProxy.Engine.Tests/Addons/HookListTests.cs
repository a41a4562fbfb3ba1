using System.Diagnostics;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Tests.Recording;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class HookListTests
{
    [Fact]
    public async Task NoHooks_DoesNothing()
    {
        using var bench = new HookBench();

        Assert.True(bench.List.IsEmpty);
        Assert.Empty(await bench.RunAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hooks_RunInOrder(bool earned)
    {
        using var bench = new HookBench();
        bench.AddMark("first", earned);
        bench.Add(
            async marks =>
            {
                await Task.Yield();
                marks.Add("second");
            },
            earned: earned);
        bench.AddMark("third", earned);

        Assert.Equal(["first", "second", "third"], await bench.RunAsync());
    }

    [Fact]
    public void SynchronousHooks_CompleteSynchronouslyWithoutAllocating()
    {
        using var bench = new HookBench();
        var calls = 0;
        for (var i = 0; i < 3; i++)
        {
            bench.Add(_ =>
            {
                calls++;
                return default;
            });
        }

        var (list, marks) = (bench.List, new List<string>());
        for (var i = 0; i < 1000; i++) Assert.True(HookBench.CompletesAtOnce(list, marks));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) HookBench.CompletesAtOnce(list, marks);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(33_000, calls);
    }

    [Fact]
    public void EarnedHook_RunsOnTheCallersThread()
    {
        using var bench = new HookBench();
        var hook = new Thread(() => { });
        bench.Add(_ =>
        {
            hook = Thread.CurrentThread;
            return default;
        });

        var caller = OwnThread.Run(() =>
        {
            Assert.True(HookBench.CompletesAtOnce(bench.List, []));
            return Thread.CurrentThread;
        });

        Assert.Same(caller, hook);
    }

    [Fact]
    public void NewHook_RunsInThePoolUntilItProvedQuick()
    {
        using var bench = new HookBench();
        var inPool = new List<bool>();
        var hook = bench.Add(
            _ =>
            {
                inPool.Add(Thread.CurrentThread.IsThreadPoolThread);
                return default;
            },
            earned: false);

        OwnThread.Run(() =>
        {
            while (!hook.Pace.RunsInline) bench.List.RunAsync([]).AsTask().Wait();
            bench.List.RunAsync([]).AsTask().Wait();
            return true;
        });

        Assert.True(inPool.Count > HookPace.ProbationCalls);
        Assert.All(inPool[..^1], Assert.True);
        Assert.False(inPool[^1]);
    }

    [Fact]
    public async Task HooksThatMayBlock_AllRunAtOnceOutsideThePool()
    {
        const int Calls = 100;
        using var bench = new HookBench();
        using var allBlock = new CountdownEvent(Calls);
        var inPool = 0;
        bench.Add(
            _ =>
            {
                if (Thread.CurrentThread.IsThreadPoolThread) Interlocked.Increment(ref inPool);
                allBlock.Signal();
                allBlock.Wait();
                return default;
            },
            mayBlock: true);

        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => bench.RunAsync()));

        Assert.Equal(0, inPool);
    }

    [Fact]
    public async Task HookThatMayBlock_AwaitsLikeAnyOther()
    {
        using var bench = new HookBench();
        bench.Add(
            async marks =>
            {
                await Task.Yield();
                marks.Add("after");
            },
            mayBlock: true);

        Assert.Equal(["after"], await bench.RunAsync());
    }

    [Fact]
    public async Task HookThatBlocksInline_NeverRunsInlineAgain()
    {
        using var bench = new HookBench();
        var hook = bench.Add(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(1100)) Thread.SpinWait(100);
            return default;
        });

        await bench.RunAsync();

        Assert.True(hook.Pace.Blocks);
        Assert.Contains(bench.Log.All, line => line.StartsWith("Information: addon1: OnRequest held up its thread for ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task HookThatThrows_FailsTheFlowWithItsLocation(bool earned, bool synchronously)
    {
        using var bench = new HookBench();
        bench.Add(
            synchronously ? _ => throw new FormatException("bad\r\nvalue") : async _ =>
            {
                await Task.Yield();
                throw new FormatException("bad\r\nvalue");
            },
            earned: earned);
        bench.AddMark("next");

        var exception = await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        Assert.Matches(@"^HookListTests\.cs\(\d+\): FormatException: bad value \(in OnRequest\)$", exception.Message);
        Assert.Equal(("addon1", "OnRequest"), (exception.Addon, exception.Hook));
        Assert.StartsWith("HookListTests.cs(", exception.Location, StringComparison.Ordinal);
        Assert.IsType<FormatException>(exception.InnerException);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HookThatNeverEnds_FailsTheFlowInTime(bool earned)
    {
        using var bench = new HookBench(timeout: TimeSpan.FromMilliseconds(20));
        bench.Add(_ => new ValueTask(new TaskCompletionSource().Task), earned: earned);

        var exception = await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        Assert.Equal("addon1: not finished after 0.02 s (in OnRequest)", exception.Message);
        Assert.Null(exception.Location);
    }

    [Fact]
    public async Task HookThatBlocks_FailsTheFlowInTime()
    {
        using var bench = new HookBench(timeout: TimeSpan.FromMilliseconds(20));
        using var release = new ManualResetEventSlim();
        bench.Add(
            _ =>
            {
                release.Wait();
                return default;
            },
            mayBlock: true);

        await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        release.Set();
    }

    [Fact]
    public async Task HookThatFailsAfterItsTime_IsLogged()
    {
        using var bench = new HookBench(timeout: TimeSpan.FromMilliseconds(20));
        var late = new TaskCompletionSource();
        bench.Add(_ => new ValueTask(late.Task));
        await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        late.SetException(new FormatException("late"));

        await Deadline.Until(() => bench.Log.All.Contains("Warning: addon1: FormatException: late (in OnRequest); its time was over already"));
    }

    [Fact]
    public async Task AddonsOwnTimeout_IsNotTheHookTimeout()
    {
        using var bench = new HookBench();
        bench.Add(async _ =>
        {
            await Task.Yield();
            throw new TimeoutException("the database");
        });

        var exception = await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        Assert.Contains("TimeoutException: the database", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyContinue_LogsAndRunsTheNextHook()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        bench.Add(_ => throw new FormatException("bad"));
        bench.Add(async _ =>
        {
            await Task.Yield();
            throw new FormatException("worse");
        });
        bench.AddMark("next");

        Assert.Equal(["next"], await bench.RunAsync());
        Assert.Matches(@"^Warning: HookListTests\.cs\(\d+\): FormatException: bad \(in OnRequest\)$", bench.Log.All[0]);
        Assert.Matches(@"^Warning: HookListTests\.cs\(\d+\): FormatException: worse \(in OnRequest\)$", bench.Log.All[1]);
    }

    [Fact]
    public async Task ObservingHookThatThrows_IsLoggedOnly()
    {
        using var bench = new HookBench();
        bench.Add(_ => throw new FormatException("bad"), HookKind.Completed);
        bench.AddMark("next");

        Assert.Equal(["next"], await bench.RunAsync());
        Assert.Contains("FormatException: bad (in OnCompleted)", Assert.Single(bench.Log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HookThatFailsForEveryFlow_IsNotLoggedForEveryFlow()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        bench.Add(_ => throw new FormatException("bad"));

        for (var i = 0; i < 20; i++) await bench.RunAsync();

        Assert.InRange(bench.Log.All.Count, 1, 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FlowAbortedWhileItsHookWaits_IsNotTheAddonsFault(bool observes)
    {
        using var dispatch = new HookDispatch(TimeSpan.FromMinutes(1), AddonErrorPolicy.Fail, new LogLines<HookListTests>(), TimeProvider.System);
        using var aborted = new CancellationTokenSource();
        var addon = new LoadedAddon("addon", "test");
        var hook = new BoundHook<HttpFlow>(
            addon, observes ? HookKind.Completed : HookKind.Request, async flow => await Task.Delay(Timeout.Infinite, flow.Aborted));
        var list = new HookList<HttpFlow>(dispatch, [hook]);

        var call = list.RunAsync(new AbortableFlow(aborted.Token)).AsTask();
        await aborted.CancelAsync();

        if (observes) await call;
        else await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }
}
