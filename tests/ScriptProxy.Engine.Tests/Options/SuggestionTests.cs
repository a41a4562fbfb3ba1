namespace ScriptProxy.Engine.Tests.Options;

public class SuggestionTests
{
    private static readonly string[] Known = ["--listen", "--lax", "--max-headers", "--ca-dir"];

    [Theory]
    [InlineData("--lisen", "--listen")]
    [InlineData("--Listen", "--listen")]
    [InlineData("--litsen", "--listen")]
    [InlineData("--max-header", "--max-headers")]
    [InlineData("--cadir", "--ca-dir")]
    [InlineData("--colour", null)]
    [InlineData("-", null)]
    [InlineData("", null)]
    [InlineData("--a-very-long-option-that-nobody-has", null)]
    public void MisspeltWord_FindsTheNearest(string written, string? expected) => Assert.Equal(expected, Suggestion.For(written, Known));
}
