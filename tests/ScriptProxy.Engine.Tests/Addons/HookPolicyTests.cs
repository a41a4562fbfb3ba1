using System.Diagnostics.Metrics;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Tests.Recording;

namespace ScriptProxy.Engine.Tests.Addons;

/// <summary>What an addon declares about its hooks by attributes, and what comes of hooks that fail again and again.</summary>
public sealed class HookPolicyTests
{
    private static readonly HookTraits Continues = new() { OnFailure = OnFailure.Continue };
    private static readonly HookTraits Fails = new() { OnFailure = OnFailure.Fail };
    private static readonly HookTraits Serial = new() { IsSerial = true };

    [Fact]
    public async Task AddonThatContinues_DoesSoUnderAPolicyThatFails()
    {
        using var bench = new HookBench(AddonErrorPolicy.Fail);
        bench.Add(_ => throw new FormatException("bad"), traits: Continues);
        bench.AddMark("next");

        Assert.Equal(["next"], await bench.RunAsync());
    }

    [Fact]
    public async Task AddonThatFails_DoesSoUnderAPolicyThatContinues()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        bench.Add(_ => throw new FormatException("bad"), traits: Fails);

        await Assert.ThrowsAsync<AddonException>(bench.RunAsync);
    }

    [Fact]
    public async Task ObservingHookThatSaysFail_IsLoggedOnly()
    {
        using var bench = new HookBench();
        bench.Add(_ => throw new FormatException("bad"), HookKind.Completed, traits: Fails);

        Assert.Empty(await bench.RunAsync());
    }

    [Fact]
    public async Task TimeoutOfItsOwn_CountsBeforeTheOption()
    {
        using var bench = new HookBench(timeout: TimeSpan.FromHours(1));
        bench.Add(_ => new ValueTask(new TaskCompletionSource().Task), traits: new HookTraits { Timeout = TimeSpan.FromMilliseconds(20) });

        var exception = await Assert.ThrowsAsync<AddonException>(bench.RunAsync);

        Assert.Equal("addon1: not finished after 0.02 s (in OnRequest)", exception.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HookThatFailsInARow_IsNotCalledAnyMore(bool continues)
    {
        using var bench = new HookBench();
        var calls = 0;
        var hook = bench.Add(
            _ =>
            {
                calls++;
                throw new FormatException("bad");
            },
            traits: continues ? Continues : Fails);
        bench.AddMark("next");

        AddonException? last = null;
        var ended = 0;
        for (var i = 0; i < CircuitBreaker.FailuresToOpen + 5; i++)
        {
            try
            {
                ended += (await bench.RunAsync()).Count;
            }
            catch (AddonException exception)
            {
                last = exception;
            }
        }

        Assert.Equal(CircuitBreaker.FailuresToOpen, calls);
        Assert.Equal(5, hook.Counters!.Read().Skipped);
        Assert.Equal(CircuitBreaker.FailuresToOpen, hook.Counters.Read().Errors);
        Assert.Equal(continues ? CircuitBreaker.FailuresToOpen + 5 : 0, ended);
        Assert.Equal(continues ? null : "addon1: not called: it failed 20 times in a row (in OnRequest)", last?.Message);
        Assert.Equal(!continues, last is { IsCircuitOpen: true });
        Assert.Single(bench.Log.All, line => line.Contains("is not called any more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SuccessAfterFailures_ForgetsThem()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        var fails = true;
        var hook = bench.Add(_ => fails ? throw new FormatException("bad") : default);
        for (var i = 1; i < CircuitBreaker.FailuresToOpen; i++) await bench.RunAsync();

        fails = false;
        await bench.RunAsync();

        Assert.False(hook.Breaker.HasFailures);
    }

    [Fact]
    public async Task FailuresOfTheTraffic_DoNotOpenTheCircuit()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue);
        var hook = bench.Add(_ => throw new BodyTooLargeException());

        for (var i = 0; i < CircuitBreaker.FailuresToOpen * 2; i++) await bench.RunAsync();

        Assert.False(hook.Breaker.IsOpen);
    }

    [Fact]
    public async Task SerialHook_RunsOneCallAtATimeInOrder()
    {
        using var bench = new HookBench();
        var (running, most, order) = (0, 0, new List<string>());
        var gates = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        bench.Add(
            async marks =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                order.Add(marks[0]);
                await gates[int.Parse(marks[0])].Task;
                Interlocked.Decrement(ref running);
            },
            traits: Serial);
        var list = bench.List;

        var calls = Enumerable.Range(0, 5).Select(number => list.RunAsync([number.ToString()]).AsTask()).ToList();
        for (var i = 4; i >= 0; i--) gates[i].SetResult();
        await Task.WhenAll(calls);

        Assert.Equal(1, most);
        Assert.Equal(["0", "1", "2", "3", "4"], order);
    }

    [Fact]
    public async Task SerialHookThatIsGivenUp_KeepsItsTurnUntilItHasEnded()
    {
        using var bench = new HookBench(timeout: TimeSpan.FromMilliseconds(20));
        var release = new TaskCompletionSource();
        var calls = 0;
        bench.Add(_ => Interlocked.Increment(ref calls) == 1 ? new ValueTask(release.Task) : default, traits: Serial);

        Assert.Contains("not finished", (await Assert.ThrowsAsync<AddonException>(bench.RunAsync)).Message, StringComparison.Ordinal);
        Assert.Contains("its turn did not come", (await Assert.ThrowsAsync<AddonException>(bench.RunAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(1, calls);

        release.SetResult();
        await bench.RunAsync();
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task FlowAbortedWhileItWaitsForItsTurn_LeavesTheQueue()
    {
        using var dispatch = new HookDispatch(TimeSpan.FromMinutes(1), AddonErrorPolicy.Fail, new LogLines<HookPolicyTests>(), TimeProvider.System);
        using var aborted = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        var calls = 0;
        var list = new HookList<HttpFlow>(dispatch,
        [
            new BoundHook<HttpFlow>(
                new LoadedAddon("addon", "test"),
                HookKind.Request,
                async _ =>
                {
                    calls++;
                    await release.Task;
                },
                Serial),
        ]);
        var first = list.RunAsync(new AbortableFlow(CancellationToken.None)).AsTask();
        await Deadline.Until(() => Volatile.Read(ref calls) == 1);
        var second = list.RunAsync(new AbortableFlow(aborted.Token)).AsTask();
        var third = list.RunAsync(new AbortableFlow(CancellationToken.None)).AsTask();

        await aborted.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        release.SetResult();
        await Task.WhenAll(first, third);

        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Priority_CountsBeforeTheOrderOfAddons()
    {
        var marks = new List<string>();
        await using var generations = new Generations(TimeSpan.FromMinutes(1), AddonErrorPolicy.Fail, new LogLines<Generations>(), TimeProvider.System);
        await generations.SwapAsync([Marking("a", 0), Marking("late", -1), Marking("b", 0), Marking("early", 9)]);

        using var lease = generations.Lease();
        await lease.Generation.Request.RunAsync(null!);

        Assert.Equal(["early", "a", "b", "late"], marks);

        LoadedAddon Marking(string name, int priority)
        {
            var addon = new LoadedAddon(name, "test");
            addon.Add(
                HookKind.Request,
                _ =>
                {
                    marks.Add(name);
                    return default;
                },
                new HookTraits { Priority = priority });
            return addon;
        }
    }

    [Fact]
    public async Task Calls_AreCountedWithTheirTime()
    {
        using var bench = new HookBench(AddonErrorPolicy.Continue, timeout: TimeSpan.FromMilliseconds(20));
        var never = new TaskCompletionSource();
        var quick = bench.AddMark("quick");
        var slow = bench.Add(_ => new ValueTask(never.Task));
        var elsewhere = bench.Add(_ => default, mayBlock: true);
        for (var i = 0; i < 3; i++) await bench.RunAsync();

        Assert.Equal((3, 0, 0), Counts(quick));
        Assert.Equal((3, 0, 3), Counts(slow));
        Assert.True(slow.Counters!.Read().Waited >= TimeSpan.FromMilliseconds(50));
        Assert.Equal((3, 0, 0), Counts(elsewhere));
        Assert.True(elsewhere.Counters!.Read().Busy > TimeSpan.Zero);

        static (long, long, long) Counts(BoundHook hook) => hook.Counters!.Read() is var read ? (read.Calls, read.Errors, read.Timeouts) : default;
    }

    [Fact]
    public async Task Meter_TellsCallsByAddonAndHook()
    {
        using var bench = new HookBench();
        bench.AddMark("mark");
        for (var i = 0; i < 7; i++) await bench.RunAsync();

        var calls = new List<long>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => { if (instrument.Name == "scriptproxy.addon.calls") listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags.ToArray() is [{ Key: "addon", Value: "addon1" }, { Key: "hook", Value: "OnRequest" }]) calls.Add(value);
        });
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Contains(7, calls);
    }
}
