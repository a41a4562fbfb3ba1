using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class PrintableTests
{
    [Theory]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("a\r\nb", "a\\r\\nb")]
    [InlineData("a\tb", "a\\tb")]
    [InlineData("\0", "\\u0000")]
    [InlineData("\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m")]
    [InlineData("\u001b]0;title\u0007", "\\u001b]0;title\\u0007")]
    [InlineData("\u007f", "\\u007f")]
    [InlineData("\u0085", "\\u0085")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\u009d0;title\u009c", "\\u009d0;title\\u009c")]
    [InlineData("\u00ad", "\\u00ad")]
    [InlineData("\u061c", "\\u061c")]
    [InlineData("a\u200bb", "a\\u200bb")]
    [InlineData("\u200e\u200f", "\\u200e\\u200f")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    [InlineData("\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e")]
    [InlineData("\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069")]
    [InlineData("\ufeff", "\\ufeff")]
    [InlineData("\udb40\udc41", "\\udb40\\udc41")]
    public void UnsafeText_IsEscaped(string text, string expected)
    {
        Assert.Equal(expected, Printable.Escape(text));
        Assert.Equal("<" + expected + ">", Printable.Append(new StringBuilder("<"), text).Append('>').ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain ASCII ~ !")]
    [InlineData("grüße, 你好, привет, مرحبا")]
    [InlineData("🙂 done")]
    [InlineData("C:\\path\\n")]
    public void SafeText_IsTheSameInstance(string text) => Assert.Same(text, Printable.Escape(text));

    [Fact]
    public void LoneSurrogate_IsEscaped()
    {
        // Not a theory: attributes cannot hold them.
        Assert.Equal("a\\ud800b", Printable.Escape("a\ud800b"));
        Assert.Equal("\\udc00", Printable.Escape("\udc00"));
        Assert.Equal("end\\ud83d", Printable.Escape("end\ud83d"));
    }

    [Fact]
    public void EveryControlCharacter_IsEscaped()
    {
        for (var c = '\0'; c < '\u00a0'; c++)
        {
            if (!char.IsControl(c)) continue;
            var escaped = Printable.Escape($"a{c}b");
            Assert.DoesNotContain(c, escaped);
            Assert.StartsWith("a\\", escaped, StringComparison.Ordinal);
        }
    }
}
