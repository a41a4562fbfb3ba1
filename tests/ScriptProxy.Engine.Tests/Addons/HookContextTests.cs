using ScriptProxy.Engine.Tests.Recording;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class HookContextTests
{
    [Fact]
    public async Task HookThatAwaited_GoesOnInThePool()
    {
        using var bench = new HookBench();
        var (wait, after) = (new TaskCompletionSource(), new Thread(() => { }));
        bench.Add(async _ =>
        {
            await wait.Task;
            after = Thread.CurrentThread;
        });
        var call = OwnThread.Run(() => bench.RunAsync());

        OwnThread.Run(wait.TrySetResult);
        await call;

        Assert.True(after.IsThreadPoolThread);
    }

    [Fact]
    public async Task HookThatBlocksAndAwaited_GoesOnOutsideThePool()
    {
        using var bench = new HookBench();
        var after = Thread.CurrentThread;
        bench.Add(
            async _ =>
            {
                await Task.Delay(1);
                after = Thread.CurrentThread;
            },
            mayBlock: true);

        await bench.RunAsync();

        Assert.Equal("Blocking hooks", after.Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Caller_KeepsItsOwnContext(bool throws)
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        SynchronizationContext? within = null;
        bench.Add(_ =>
        {
            within = SynchronizationContext.Current;
            return throws ? throw new FormatException("bad") : default;
        });

        var after = OwnThread.Run(() =>
        {
            HookBench.CompletesAtOnce(bench.List, []);
            return SynchronizationContext.Current;
        });

        Assert.NotNull(within);
        Assert.Null(after);
    }

    [Fact]
    public async Task CodeAfterAnAwait_IsWatched()
    {
        using var bench = new HookBench();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        bench.Add(async _ =>
        {
            await Task.Delay(1);
            entered.Set();
            release.Wait();
        });
        var call = bench.RunAsync();
        await Deadline.Until(() => entered.IsSet);

        bench.Watchdog.Scan(Environment.TickCount64 + 5_500);

        release.Set();
        await call;
        Assert.Contains(bench.Log.All, line => line.StartsWith("Warning: addon1: OnRequest has been busy for ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AsyncVoidThatThrows_IsLogged()
    {
        using var bench = new HookBench();
        bench.Add(_ =>
        {
            ForgetAsync();
            return default;
        });

        await bench.RunAsync();

        await Deadline.Until(() => bench.Log.All.Any(line => line.EndsWith("FormatException: bad (in OnRequest); nobody awaited it ('async void'?)", StringComparison.Ordinal)));

        static async void ForgetAsync()
        {
            await Task.Yield();
            throw new FormatException("bad");
        }
    }
}
