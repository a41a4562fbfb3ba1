using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Tests.Addons;

public sealed class HookTraitsTests
{
    [Fact]
    public void NothingDeclared_IsNone() => Assert.Same(HookTraits.None, Of<Plain>(nameof(Addon.OnRequestAsync)));

    [Fact]
    public void Class_CountsForAllItsHooks() => Assert.Equal(
        new HookTraits { OnFailure = OnFailure.Continue, Priority = 5, IsSerial = true, Timeout = TimeSpan.FromSeconds(0.5) }, Of<Declared>(nameof(Addon.OnResponseAsync)));

    [Fact]
    public void Method_CountsBeforeItsClass() => Assert.Equal(
        new HookTraits { OnFailure = OnFailure.Fail, Priority = -1, IsSerial = true, Timeout = TimeSpan.FromSeconds(2) }, Of<Declared>(nameof(Addon.OnRequestAsync)));

    [Fact]
    public void DerivedClass_CountsForInheritedHooks() => Assert.Equal(
        new HookTraits { OnFailure = OnFailure.Continue, Priority = 7, IsSerial = true, Timeout = TimeSpan.FromSeconds(0.5) }, Of<Derived>(nameof(Addon.OnResponseAsync)));

    [Fact]
    public void TwoPiecesOfOneHook_GetTheStricterOfEach()
    {
        var lenient = new HookTraits { OnFailure = OnFailure.Continue, Timeout = TimeSpan.FromSeconds(9), Priority = 1 };

        Assert.Equal(new HookTraits { Timeout = TimeSpan.FromSeconds(9), Priority = 1 }, lenient.And(HookTraits.None));
        Assert.Equal(
            new HookTraits { OnFailure = OnFailure.Fail, IsSerial = true, Timeout = TimeSpan.FromSeconds(1), Priority = 1 },
            lenient.And(new HookTraits { OnFailure = OnFailure.Fail, IsSerial = true, Timeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(lenient, lenient.And(lenient));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void TimeoutThatIsNone_IsRefused(double seconds) => Assert.Throws<ArgumentOutOfRangeException>(() => new HookTimeoutAttribute(seconds));

    private static HookTraits Of<T>(string method) => HookTraits.Of(typeof(T).GetMethod(method)!, typeof(T));

    private sealed class Plain : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow) => default;
    }

    [OnFailure(OnFailure.Continue)]
    [Priority(5)]
    [Serial]
    [HookTimeout(0.5)]
    private class Declared : Addon
    {
        [OnFailure(OnFailure.Fail)]
        [Priority(-1)]
        [HookTimeout(2)]
        public override ValueTask OnRequestAsync(HttpFlow flow) => default;

        public override ValueTask OnResponseAsync(HttpFlow flow) => default;
    }

    [Priority(7)]
    private sealed class Derived : Declared;
}
