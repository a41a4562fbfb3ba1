using System.Reflection;
using System.Reflection.Emit;

namespace ScriptProxy.Abstractions.Tests;

public sealed class AddonStateTests
{
    [Fact]
    public void GetOrAdd_MakesTheValueOnce()
    {
        var state = new AddonState();

        var first = state.GetOrAdd("hits", () => new List<int> { 1 });
        var second = state.GetOrAdd("hits", () => new List<int> { 2 });

        Assert.Same(first, second);
    }

    [Fact]
    public void GetOrAdd_ValueOfAnotherType_IsRefused()
    {
        var state = new AddonState();
        state.Set("hits", "seven");

        Assert.Throws<InvalidCastException>(() => state.GetOrAdd("hits", () => 7));
    }

    [Fact]
    public void TryGet_ValueOfAnotherType_IsAbsent()
    {
        var state = new AddonState();
        state.Set("hits", "seven");

        Assert.False(state.TryGet<int>("hits", out _));
        Assert.True(state.TryGet<string>("hits", out var text));
        Assert.Equal("seven", text);
    }

    [Fact]
    public void Set_Null_RemovesTheKey()
    {
        var state = new AddonState();
        state.Set("hits", 7);

        state.Set("hits", null);

        Assert.False(state.TryGet<int>("hits", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TypeOfTheAddonItself_IsRefusedWithTheRemedy(bool inAList)
    {
        var state = new AddonState();
        var own = OwnType();
        var value = Activator.CreateInstance(inAList ? typeof(List<>).MakeGenericType(own) : own);

        var failure = Assert.Throws<ArgumentException>(() => state.Set("last", value));

        Assert.Contains("State[\"last\"]", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Store a type of the framework instead", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A type from code that can be unloaded, as a script's types are.</summary>
    private static Type OwnType()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("script"), AssemblyBuilderAccess.RunAndCollect);
        return assembly.DefineDynamicModule("script").DefineType("Hit", TypeAttributes.Public).CreateType();
    }
}
