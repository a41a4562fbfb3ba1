namespace ScriptProxy.Abstractions.Tests;

public sealed class HeaderSyntaxTests
{
    [Theory]
    [InlineData("X-Api-Key")]
    [InlineData("x_under.dot!#$%&'*+-^`|~9")]
    public void Token_IsAName(string name) => Assert.Equal(name, HeaderSyntax.CheckName(name));

    [Theory]
    [InlineData("")]
    [InlineData("X Y")]
    [InlineData("X:")]
    [InlineData("X\r\nY")]
    [InlineData("Ä")]
    [InlineData("X(Y)")]
    public void AnythingElse_IsNoName(string name) => Assert.Throws<ArgumentException>(() => HeaderSyntax.CheckName(name));

    [Theory]
    [InlineData("")]
    [InlineData("a b\tc")]
    [InlineData("caf\u00E9")]
    public void Text_IsAValue(string value) => Assert.Equal(value, HeaderSyntax.CheckValue("X", value));

    [Theory]
    [InlineData("a\r\nX-Injected: 1")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("\u20AC")]
    public void WhatAHeaderCannotCarry_IsNoValue(string value)
    {
        var failure = Assert.Throws<ArgumentException>(() => HeaderSyntax.CheckValue("X-Tag", value));

        Assert.Contains("X-Tag", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenBytes_AreTheTokenCharacters()
    {
        for (var value = 0; value < 256; value++)
        {
            Assert.Equal(HeaderSyntax.IsToken([(char)value]), HeaderSyntax.TokenBytes.Contains((byte)value));
        }
    }
}
