namespace ScriptProxy.Analyzers.Tests;

public class AsyncVoidAnalyzerTests
{
    [Theory]
    [InlineData("async void Later() => await Task.Yield();")]
    [InlineData("void Outer() { Later(); async void Later() => await Task.Yield(); }")]
    [InlineData("Action _later = async () => await Task.Yield();")]
    public async Task AsyncVoidInAnAddon_IsReported(string member) =>
        Assert.StartsWith("SP2002: Nobody awaits 'async void'", Assert.Single(await Analysis.OfAddonAsync(member)), StringComparison.Ordinal);

    [Theory]
    [InlineData("async Task Later() => await Task.Yield();")]
    [InlineData("async ValueTask Later() => await Task.Yield();")]
    [InlineData("void Later() { }")]
    [InlineData("Func<Task> _later = async () => await Task.Yield();")]
    public async Task WhatCanBeAwaited_IsNotReported(string member) => Assert.Empty(await Analysis.OfAddonAsync(member));

    [Fact]
    public async Task AsyncVoidElsewhere_IsNotReported() =>
        Assert.Empty(await Analysis.OfFileAsync("public sealed class Window { public async void OnClick() => await Task.Yield(); }"));
}
