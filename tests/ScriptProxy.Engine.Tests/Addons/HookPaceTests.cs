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
            pace.RanElsewhere(Quick, now: 0);
        }

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void SlowFirstCalls_AreForgiven()
    {
        var pace = new HookPace(mayBlock: false);
        for (var i = 0; i < HookPace.ProbationCalls - HookPace.QuickCallsInARow; i++) pace.RanElsewhere(Slow, now: 0);

        for (var i = 0; i < HookPace.QuickCallsInARow; i++) pace.RanElsewhere(Quick, now: 0);

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void SlowLastCall_ProlongsProbation()
    {
        var pace = new HookPace(mayBlock: false);
        for (var i = 0; i < HookPace.ProbationCalls - 1; i++) pace.RanElsewhere(Quick, now: 0);
        pace.RanElsewhere(Slow, now: 0);
        Assert.False(pace.RunsInline);

        for (var i = 0; i < HookPace.QuickCallsInARow; i++) pace.RanElsewhere(Quick, now: 0);

        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void ProbationThatNeverEnds_MeansItBlocks()
    {
        var pace = new HookPace(mayBlock: false);

        for (var i = 0; i < HookPace.MostProbationCalls; i++)
        {
            Assert.False(pace.Blocks);
            pace.RanElsewhere(Slow, now: 0);
        }

        Assert.True(pace.Blocks);
    }

    [Fact]
    public void CallThatBlocked_SetsApart()
    {
        var pace = Earned();

        Assert.True(pace.RanLongInline(1000, now: 0));

        Earn(pace);
        Assert.True(pace.Blocks);
        Assert.False(pace.RunsInline);
    }

    [Fact]
    public void LongCall_SendsBackToProbation()
    {
        var pace = Earned();

        Assert.False(pace.RanLongInline(10, now: 0));

        Assert.False(pace.RunsInline);
        Earn(pace);
        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void LongCallsThatKeepComing_SetApart()
    {
        var pace = Earned();
        for (var i = 0; i < 4; i++)
        {
            Assert.False(pace.RanLongInline(10, now: i * 9_000));
            Earn(pace);
        }

        Assert.True(pace.RanLongInline(10, now: 4 * 9_000));

        Earn(pace);
        Assert.False(pace.RunsInline);
        Assert.True(pace.Blocks);
    }

    [Fact]
    public void LongCallsFarApart_AreEachForgiven()
    {
        var pace = Earned();

        for (var i = 0; i < 20; i++)
        {
            Assert.False(pace.RanLongInline(999, now: i * 10_000L));
            Earn(pace);
            Assert.True(pace.RunsInline);
        }
    }

    [Fact]
    public void TimeApart_EndsAndDoubles()
    {
        var pace = Earned();
        Assert.True(pace.RanLongInline(1000, now: 0));

        Earn(pace, now: 29_999);
        Assert.True(pace.Blocks);
        Earn(pace, now: 30_000);
        Assert.True(pace.RunsInline);

        Assert.True(pace.RanLongInline(1000, now: 100_000));
        Earn(pace, now: 159_999);
        Assert.True(pace.Blocks);
        Earn(pace, now: 160_000);
        Assert.True(pace.RunsInline);
    }

    [Fact]
    public void CodeThatMayBlock_StaysApart()
    {
        var pace = new HookPace(mayBlock: true);

        Earn(pace, now: long.MaxValue);

        Assert.True(pace.Blocks);
        Assert.False(pace.RunsInline);
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

    private static void Earn(HookPace pace, long now = 0)
    {
        for (var i = 0; i < HookPace.ProbationCalls; i++) pace.RanElsewhere(Quick, now);
    }
}
