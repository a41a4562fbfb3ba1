using System.Net;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

public class MintLimitTests
{
    private readonly ManualTime _clock = new();
    private readonly MintLimit _limit;

    public MintLimitTests() => _limit = new MintLimit(_clock);

    [Fact]
    public void Burst_DoesNotWait()
    {
        for (var i = 0; i < 100; i++) Assert.Equal(TimeSpan.Zero, Take("192.0.2.1"));
    }

    [Fact]
    public void BeyondTheBurst_WaitsForItsTurn()
    {
        for (var i = 0; i < 100; i++) Take("192.0.2.1");

        Assert.Equal(TimeSpan.Zero, Take("192.0.2.1"));
        Assert.Equal(TimeSpan.FromMilliseconds(20), Take("192.0.2.1"));
        Assert.Equal(TimeSpan.FromMilliseconds(40), Take("192.0.2.1"));
    }

    [Fact]
    public void TooManyWaiting_AreRefusedUntilSomeHaveHadTheirTurn()
    {
        while (_limit.TryTake(IPAddress.Parse("192.0.2.1"), out _))
        {
        }

        Assert.False(_limit.TryTake(IPAddress.Parse("::ffff:192.0.2.1"), out _));
        _clock.Now += TimeSpan.FromSeconds(1);
        for (var i = 0; i < MintLimit.PerSecond; i++) Assert.True(_limit.TryTake(IPAddress.Parse("192.0.2.1"), out _));
        Assert.False(_limit.TryTake(IPAddress.Parse("192.0.2.1"), out _));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void Other_IsDelayedOnlyWhenOfTheSameNetwork(string first, string other, bool expected)
    {
        for (var i = 0; i < 200; i++) Take(first);

        Assert.Equal(expected, Take(other) > TimeSpan.Zero);
    }

    [Fact]
    public void ManyClients_AreNotRememberedForEver()
    {
        for (var i = 0; i < 30_000; i++) Assert.Equal(TimeSpan.Zero, Take(new IPAddress(i + 1L).ToString()));
    }

    private TimeSpan Take(string client)
    {
        Assert.True(_limit.TryTake(IPAddress.Parse(client), out var wait));
        return wait;
    }
}
