using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class HookPaceTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(6);

    [Fact]
    public void QuickCalls_EarnInlineCallsAfterProbation()
    {
        var pace = new HookPace(mayBlock: false);

        for (var i = 0; i < HookPace.ProbationCalls; i++)
        {
            Assert.False(pace.RunsInline);
            pace.RanInPool(Quick);
        }

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void SlowFirstCalls_AreForgiven()
    {
        var pace = new HookPace(mayBlock: false);
        for (var i = 0; i < HookPace.ProbationCalls - HookPace.QuickCallsInARow; i++) pace.RanInPool(Slow);

        for (var i = 0; i < HookPace.QuickCallsInARow; i++) pace.RanInPool(Quick);

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void SlowLastCall_ProlongsProbation()
    {
        var pace = new HookPace(mayBlock: false);
        for (var i = 0; i < HookPace.ProbationCalls - 1; i++) pace.RanInPool(Quick);
        pace.RanInPool(Slow);
        Assert.False(pace.RunsInline);

        for (var i = 0; i < HookPace.QuickCallsInARow; i++) pace.RanInPool(Quick);

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void CallThatBlocked_EndsInlineCallsForGood()
    {
        var pace = Earned();

        Assert.True(pace.RanLongInline(100, now: 0));

        Earn(pace);
        Assert.True(pace.PoolOnly);
        Assert.False(pace.RunsInline);
    }

    [Fact]
    public void ThreeLongCallsWithinAMinute_EndInlineCallsForGood()
    {
        var pace = Earned();

        Assert.False(pace.RanLongInline(10, now: 0));
        Assert.False(pace.RunsInline);
        Earn(pace);
        Assert.True(pace.RunsInline);
        Assert.False(pace.RanLongInline(10, now: 30_000));
        Earn(pace);
        Assert.True(pace.RanLongInline(10, now: 60_000));

        Assert.True(pace.PoolOnly);
    }

    [Fact]
    public void LongCallsFarApart_AreEachForgiven()
    {
        var pace = Earned();

        for (var i = 0; i < 10; i++)
        {
            Assert.False(pace.RanLongInline(10, now: i * 60_000L));
            Earn(pace);
            Assert.True(pace.RunsInline);
        }
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void TenMilliseconds_AreLong(long milliseconds, bool isLong) => Assert.Equal(isLong, HookPace.IsLong(milliseconds));

    private static HookPace Earned()
    {
        var pace = new HookPace(mayBlock: false);
        Earn(pace);
        return pace;
    }

    private static void Earn(HookPace pace)
    {
        for (var i = 0; i < HookPace.ProbationCalls; i++) pace.RanInPool(Quick);
    }
}
