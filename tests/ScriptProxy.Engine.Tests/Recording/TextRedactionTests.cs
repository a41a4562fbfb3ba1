using System.Text.RegularExpressions;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class TextRedactionTests
{
    private readonly FlowRedactions _redactions = new();

    [Fact]
    public void Pattern_IsMasked()
    {
        _redactions.Patterns.Add(new Regex("hunter[0-9]"));

        Assert.Equal("a *** b ***", Redact("a hunter2 b hunter3"));
    }

    [Fact]
    public void GroupNamedSecret_IsMaskedAlone()
    {
        _redactions.Patterns.Add(new Regex("ticket-(?<secret>[a-z]+)-end"));

        Assert.Equal("ticket-***-end", Redact("ticket-abc-end"));
    }

    [Fact]
    public void PatternThatTakesTooLong_HidesEverything()
    {
        _redactions.Patterns.Add(new Regex("^(a+)+$", RegexOptions.None, TimeSpan.FromMilliseconds(1)));

        Assert.Equal("***", Redact(new string('a', 60) + "!"));
    }

    [Theory]
    [InlineData("a s3/cr+et\"x b")]
    [InlineData("a s3%2Fcr%2Bet%22x b")]
    [InlineData("""a s3/cr+et\"x b""")]
    [InlineData("""a s3/cr\u002Bet\u0022x b""")]
    public void Text_IsMaskedInEveryForm(string text)
    {
        _redactions.Texts.Add("s3/cr+et\"x");

        Assert.Equal("a *** b", Redact(text));
    }

    [Fact]
    public void NothingToHide_IsTheSameString()
    {
        _redactions.Texts.Add("hunter2");
        var text = "nothing here";

        Assert.Same(text, TextRedaction.Redact(text, _redactions));
        Assert.Same(text, TextRedaction.Redact(text, null));
    }

    [Theory]
    [InlineData("https://origin.test/hunter2/x?a=hunter2", "https://origin.test/***/x?a=***")]
    [InlineData("https://origin.test/h%75nter2/x?a=%68unter2&b=1", "https://origin.test/***/x?a=***&b=1")]
    [InlineData("https://origin.test/a%20b?c=%64", "https://origin.test/a%20b?c=%64")]
    public void Url_IsMaskedDecodedToo(string url, string expected)
    {
        _redactions.Texts.Add("hunter2");

        Assert.Equal(expected, Masks.WithoutDigits(TextRedaction.RedactUrl(url, _redactions)));
    }

    private string Redact(string text) => Masks.WithoutDigits(TextRedaction.Redact(text, _redactions));
}
