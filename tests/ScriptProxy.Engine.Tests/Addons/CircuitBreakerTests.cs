using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class CircuitBreakerTests
{
    private static readonly int Failures = CircuitBreaker.FailuresToOpen;

    [Fact]
    public void FailuresInARow_OpenItOnce()
    {
        var breaker = new CircuitBreaker();

        for (var i = 1; i < Failures; i++) Assert.False(breaker.Failed(now: 0));
        Assert.False(breaker.IsOpen);
        Assert.True(breaker.Failed(now: 0));
        Assert.True(breaker.IsOpen);
        Assert.False(breaker.Failed(now: 0));
    }

    [Fact]
    public void SuccessInBetween_StartsTheRowAnew()
    {
        var breaker = new CircuitBreaker();
        for (var i = 1; i < Failures; i++) breaker.Failed(now: 0);

        Assert.False(breaker.Succeeded());

        for (var i = 1; i < Failures; i++) breaker.Failed(now: 0);
        Assert.False(breaker.IsOpen);
    }

    [Fact]
    public void Open_LetsOneCallThroughNowAndThen()
    {
        var breaker = Opened();

        Assert.False(breaker.Allows(now: CircuitBreaker.TrialMilliseconds - 1));
        Assert.True(breaker.Allows(now: CircuitBreaker.TrialMilliseconds));
        Assert.False(breaker.Allows(now: CircuitBreaker.TrialMilliseconds + 1));
        Assert.True(breaker.Allows(now: CircuitBreaker.TrialMilliseconds * 2));
    }

    [Fact]
    public void Success_ClosesIt()
    {
        var breaker = Opened();

        Assert.True(breaker.Succeeded());

        Assert.False(breaker.IsOpen);
        Assert.False(breaker.HasFailures);
        Assert.True(breaker.Allows(now: 1));
    }

    private static CircuitBreaker Opened()
    {
        var breaker = new CircuitBreaker();
        for (var i = 0; i < Failures; i++) breaker.Failed(now: 0);
        return breaker;
    }
}
