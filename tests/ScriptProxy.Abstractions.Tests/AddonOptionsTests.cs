namespace ScriptProxy.Abstractions.Tests;

public class AddonOptionsTests
{
    [Fact]
    public void AddonMadeByHand_HasDefaults() => Assert.Equal("default", new Sample().Options.Text);

    [Fact]
    public void AddonMadeByHand_HasWhatItIsGiven() => Assert.Equal("given", new Sample { Options = new() { Text = "given" } }.Options.Text);

    [Fact]
    public void NoOptions_AreRefused() => Assert.Throws<ArgumentNullException>(() => new Sample { Options = null! });

    private sealed record SampleOptions
    {
        [Option("Text.")]
        public string Text { get; init; } = "default";
    }

    private sealed class Sample : Addon<SampleOptions>;
}
