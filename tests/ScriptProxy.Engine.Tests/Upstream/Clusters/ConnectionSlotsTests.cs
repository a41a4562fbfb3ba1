using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

public sealed class ConnectionSlotsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task WhoWaitsLongest_GetsTheNextSlot()
    {
        var slots = new ConnectionSlots("c", 1, 2);
        await slots.TakeAsync(default);
        var first = slots.TakeAsync(default).AsTask();
        var second = slots.TakeAsync(default).AsTask();

        slots.Return();
        await first.WaitAsync(Limit);
        Assert.False(second.IsCompleted);

        slots.Return();
        await second.WaitAsync(Limit);
        slots.Return();
        Assert.Equal((0, 0), (slots.Used, slots.Waiting));
    }

    [Fact]
    public async Task LineTooLong_Is503()
    {
        var slots = new ConnectionSlots("c", 1, 1);
        await slots.TakeAsync(default);
        _ = slots.TakeAsync(default).AsTask();

        var error = (await Assert.ThrowsAsync<FlowException>(() => slots.TakeAsync(default).AsTask())).Error;

        Assert.Equal((503, "connection_limit_reached"), (error.StatusCode, error.Type));
        Assert.Contains("limits.max-pending", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoLeavesTheLine_TakesNoSlot()
    {
        var slots = new ConnectionSlots("c", 1, 1);
        await slots.TakeAsync(default);
        using var leaving = new CancellationTokenSource();
        var left = slots.TakeAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        var next = slots.TakeAsync(default).AsTask();
        slots.Return();
        await next.WaitAsync(Limit);
        slots.Return();

        Assert.Equal((0, 0), (slots.Used, slots.Waiting));
    }

    [Fact]
    public async Task ManyAtOnce_NeverMoreThanAllowed()
    {
        var slots = new ConnectionSlots("c", 3, 1000);
        var (used, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(async () =>
        {
            await slots.TakeAsync(default);
            most = Math.Max(most, Interlocked.Increment(ref used));
            await Task.Yield();
            Interlocked.Decrement(ref used);
            slots.Return();
        }))).WaitAsync(Limit);

        Assert.InRange(most, 1, 3);
        Assert.Equal(0, slots.Used);
    }
}
