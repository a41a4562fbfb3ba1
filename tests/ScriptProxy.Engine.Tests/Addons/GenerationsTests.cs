using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Tests.Recording;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class GenerationsTests
{
    private readonly LogLines<Generations> _log = new();

    [Fact]
    public async Task Swap_IsLiveAtOnce()
    {
        await using var generations = Create();
        Assert.Equal(0, generations.Current.Number);
        Assert.False(generations.Current.HasFlowHooks);

        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("one"))]);

        using var lease = generations.Lease();
        Assert.Equal(1, lease.Generation.Number);
        Assert.True(lease.Generation.HasFlowHooks);
        Assert.False(lease.Generation.Request.IsEmpty);
        Assert.True(lease.Generation.Response.IsEmpty);
    }

    [Fact]
    public async Task ReplacedAddon_UnloadsAfterItsLastLease()
    {
        await using var generations = Create();
        var old = new Marking("old");
        await generations.SwapAsync([LoadedAddon.FromInstance(old)]);
        var (first, second) = (generations.Lease(), generations.Lease());

        await generations.SwapAsync([]);
        Assert.Equal(2, generations.Current.Number);
        first.Dispose();
        Assert.Equal(["load"], old.Marks);
        second.Dispose();

        await Deadline.Until(() => generations.Retiring == 0);
        Assert.Equal(["load", "stopping", "unload"], old.Marks);
    }

    [Fact]
    public async Task CarriedOverAddon_LivesOn()
    {
        await using var generations = Create();
        var (stays, goes) = (new Marking("stays"), new Marking("goes"));
        var carried = LoadedAddon.FromInstance(stays);
        await generations.SwapAsync([carried, LoadedAddon.FromInstance(goes)]);

        await generations.SwapAsync([carried]);
        await Deadline.Until(() => generations.Retiring == 0);

        Assert.Equal(["load"], stays.Marks);
        Assert.Equal(["load", "stopping", "unload"], goes.Marks);
    }

    [Fact]
    public async Task CarriedOverHook_KeepsItsPace()
    {
        await using var generations = Create();
        var carried = LoadedAddon.FromInstance(new Marking("x"));
        await generations.SwapAsync([carried]);
        var pace = carried.Find(HookKind.Request)!.Pace;
        for (var i = 0; i < HookPace.ProbationCalls; i++) pace.RanElsewhere(TimeSpan.Zero, now: 0);

        await generations.SwapAsync([carried]);

        using var lease = generations.Lease();
        Assert.True(HookBench.CompletesAtOnce(lease.Generation.Request, new SampleFlow()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OnLoadThatFails_ChangesNothing(bool throws)
    {
        await using var generations = Create(hookTimeout: TimeSpan.FromSeconds(2));
        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("running"))]);
        var (before, beside) = (generations.Current, new Marking("beside"));
        var failing = new Marking("failing") { Load = () => throws ? throw new FormatException("bad") : new ValueTask(new TaskCompletionSource().Task) };

        var exception = await Assert.ThrowsAsync<AddonException>(
            () => generations.SwapAsync([LoadedAddon.FromInstance(beside), LoadedAddon.FromInstance(failing)]));

        var expected = throws ? @"^GenerationsTests\.cs\(\d+\): FormatException: bad \(in OnLoad\)$" : @"^failing: not finished after 2 s \(in OnLoad\)$";
        Assert.Matches(expected, exception.Message);
        Assert.Same(before, generations.Current);
        Assert.Equal(["load", "stopping", "unload"], beside.Marks);
        Assert.DoesNotContain("unload", failing.Marks);
    }

    [Fact]
    public async Task OnUnloadThatThrows_IsLogged()
    {
        var generations = Create();
        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("x") { Unload = () => throw new FormatException("bad") })]);

        await generations.DisposeAsync();

        Assert.Matches(@"^Warning: GenerationsTests\.cs\(\d+\): FormatException: bad \(in OnUnload\)$", Assert.Single(_log.All));
    }

    [Fact]
    public async Task State_BelongsToTheName()
    {
        await using var generations = Create();
        AddonState? first = null, second = null, other = null;
        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("a") { Context = context => first = context.State })]);
        await generations.SwapAsync(
        [
            LoadedAddon.FromInstance(new Marking("a") { Context = context => second = context.State }),
            LoadedAddon.FromInstance(new Marking("b") { Context = context => other = context.State }),
        ]);

        Assert.NotNull(first);
        Assert.Same(first, second);
        Assert.NotSame(first, other);
    }

    [Fact]
    public async Task WhatAddonsLog_IsOneLineUnderTheirName()
    {
        await using var generations = Create();
        await generations.SwapAsync(
        [
            LoadedAddon.FromInstance(new Marking("a")
            {
                Context = context =>
                {
                    context.Log("hello\n\u001b[31mred");
                    context.LogWarning("careful");
                },
            }),
        ]);

        Assert.Equal(["Information: a: hello\\n\\u001b[31mred", "Warning: a: careful"], _log.All);
    }

    [Fact]
    public async Task FlowThatStays_IsWarnedAbout()
    {
        var time = new ManualTimers();
        var generations = Create(time: time);
        var old = new Marking("old");
        await generations.SwapAsync([LoadedAddon.FromInstance(old)]);
        var lease = generations.Lease();
        await generations.SwapAsync([]);

        time.Advance(TimeSpan.FromSeconds(31));
        await Deadline.Until(() => _log.All.Count > 0);
        Assert.Equal("Warning: Generation 1 was replaced 30 s ago and 1 flows are still on it; it stays in memory until they end", Assert.Single(_log.All));
        Assert.Equal(["load"], old.Marks);

        lease.Dispose();
        await generations.DisposeAsync();
        Assert.Equal(["load", "stopping", "unload"], old.Marks);
    }

    [Fact]
    public async Task Dispose_UnloadsAllAndLeavesAnEmptyGeneration()
    {
        var generations = Create();
        var addon = new Marking("x");
        await generations.SwapAsync([LoadedAddon.FromInstance(addon)]);

        await generations.DisposeAsync();

        Assert.Equal(["load", "stopping", "unload"], addon.Marks);
        using var lease = generations.Lease();
        Assert.Empty(lease.Generation.Addons);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generations.SwapAsync([]));
    }

    [Fact]
    public async Task DisposeWithAFlowThatStays_EndsInTimeAndSaysSo()
    {
        var time = new ManualTimers();
        var generations = Create(time: time);
        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("x"))]);
        using var lease = generations.Lease();

        var disposal = generations.DisposeAsync().AsTask();
        while (!disposal.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await disposal;
        Assert.Contains("Warning: 1 generations of addons did not end in time; their OnUnload may not have run", _log.All);
    }

    [Fact]
    public async Task LeasesAgainstSwaps_NeverSeeAnUnloadedAddon()
    {
        await using var generations = Create();
        await generations.SwapAsync([LoadedAddon.FromInstance(new Marking("0"))]);
        using var stop = new CancellationTokenSource();
        var leases = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                using var lease = generations.Lease();
                Assert.False(Assert.Single(lease.Generation.Addons).IsUnloaded);
            }

            return count;
        })).ToArray();

        for (var i = 1; i <= 2000; i++) await generations.SwapAsync([LoadedAddon.FromInstance(new Marking($"{i}"))]);
        await stop.CancelAsync();

        Assert.All(await Task.WhenAll(leases), count => Assert.NotEqual(0, count));
        await Deadline.Until(() => generations.Retiring == 0);
    }

    private Generations Create(TimeSpan? hookTimeout = null, TimeProvider? time = null) =>
        new(hookTimeout ?? TimeSpan.FromMinutes(1), AddonErrorPolicy.Fail, _log, time ?? TimeProvider.System);

    private sealed class Marking(string name) : Addon
    {
        public List<string> Marks { get; } = [];

        public Func<ValueTask>? Load { get; init; }

        public Func<ValueTask>? Unload { get; init; }

        public Action<AddonContext>? Context { get; init; }

        public override string Name => name;

        public override ValueTask OnLoadAsync(AddonContext context)
        {
            Marks.Add("load");
            context.Stopping.Register(() => Marks.Add("stopping"));
            Context?.Invoke(context);
            return Load?.Invoke() ?? default;
        }

        public override ValueTask OnRequestAsync(HttpFlow flow) => default;

        public override ValueTask OnUnloadAsync()
        {
            Marks.Add("unload");
            return Unload?.Invoke() ?? default;
        }
    }
}
