using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>Text that is changed while it passes: the same whatever pieces it comes in. Bodies are written in Latin-1.</summary>
public sealed class TextTransformTests
{
    [Theory]
    [InlineData("secret", "***", "a secret, secretsecret sec ret secre", "a ***, ****** sec ret secre")]
    [InlineData("aab", "x", "aaaab aabaab aa", "aax xx aa")]
    [InlineData("abab", "x", "abababab ababa", "xx xa")]
    [InlineData("a", "", "banana", "bnn")]
    [InlineData("none", "x", "", "")]
    [InlineData("é", "e", "caf\u00C3\u00A9 \u00C3", "cafe \u00C3")]
    public async Task TextReplaced_WhereverPiecesMeet(string search, string replacement, string body, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(body, message => message.ReplaceText(search, replacement)));

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1", "caf\u00E9", "cafe")]
    [InlineData("text/plain; charset=utf-16", "\u00FF\u00FEc\0a\0f\0\u00E9\0", "\u00FF\u00FEc\0a\0f\0e\0")]
    [InlineData("text/plain; charset=utf-16be", "\0c\0a\0f\0\u00E9", "\0c\0a\0f\0e")]
    [InlineData("text/plain", "\u00EF\u00BB\u00BFcaf\u00C3\u00A9", "\u00EF\u00BB\u00BFcafe")]
    [InlineData("text/plain; charset=nonsense", "caf\u00C3\u00A9\u00FF", "cafe\u00FF")]
    public async Task TextReplaced_InTheCharsetOfTheBody(string contentType, string body, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(body, message => message.ReplaceText("é", "e"), contentType));

    [Theory]
    [InlineData("a1\nb22\r\n\n333", "a#\nb#\r\n\n#")]
    [InlineData("\u00FF1\n\u00FF\n", "\u00EF\u00BF\u00BD#\n\u00FF\n")]
    public async Task PatternReplaced_LineByLine(string body, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(body, message => message.ReplaceText(new Regex("[0-9]+$"), "#")));

    [Theory]
    [InlineData("a\nb\r\n\nc", "A\nB\r\n\nC")]
    [InlineData("a\ndrop\r\nb\n", "A\nB\n")]
    [InlineData("\u00EF\u00BB\u00BFa\n", "\u00EF\u00BB\u00BFA\n")]
    [InlineData("", "")]
    [InlineData("\n", "\n")]
    public async Task Lines_ChangedKeptAndDropped(string body, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(body, message => message.TransformLines(line => line == "drop" ? null : line.ToUpperInvariant())));

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public async Task LineAtTheLimit_TakenAndLongerOneRefused(int length)
    {
        var body = new string('x', length) + "\r\nshort";
        var run = Streamed.EverySplitAsync(body, message => message.TransformLines(line => line, maxLineBytes: 9));
        if (length == 9) Assert.Equal(body, await run);
        else await Assert.ThrowsAnyAsync<Exception>(() => run);
    }

    [Fact]
    public async Task LineWithoutEnd_IsRefusedBeforeItIsHeld()
    {
        var pieces = Enumerable.Repeat(new string('x', 1_000), 1_000).ToArray();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => Streamed.RunAsync(pieces, message => message.TransformLines(line => line, maxLineBytes: 10_000)));
        Assert.Contains("A line is longer than 10000 bytes.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a": 1}""" + "\n\n" + """{ "secret" :  2 }""" + "\r\nnull\n[1]", """{"a": 1}""" + "\n\n" + """{"secret":"***"}""" + "\r\nnull\n[1]")]
    [InlineData("""{"drop":true}""" + "\n" + """{"a":"x y"}""", """{"a":"x y"}""")]
    public async Task JsonLines_ChangedKeptAndDropped(string body, string expected) =>
        Assert.Equal(expected, await Streamed.EverySplitAsync(body, message => message.TransformJsonLines(Mask)));

    [Fact]
    public async Task LineThatIsNoJson_FailsTheMessage() =>
        await Assert.ThrowsAnyAsync<Exception>(() => Streamed.RunAsync(["{\"a\":1}\n{oops\n"], message => message.TransformJsonLines(Mask)));

    [Fact]
    public async Task SeveralOnOneBody_ComposeInOrder() =>
        Assert.Equal("3-3\n", await Streamed.EverySplitAsync("1-1\n", message =>
        {
            message.ReplaceText("1", "2");
            message.TransformLines(line => line.Replace('2', '3'));
            message.ReplaceText(new Regex("1"), "never");
        }));

    [Fact]
    public async Task LargeText_SameAsReplacedAtOnce()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        while (text.Length < 300_000) text.Append("abc\n"[random.Next(4)]);
        var body = text.ToString();
        var pieces = body.Chunk(5_003).Select(piece => new string(piece)).ToArray();

        Assert.True(body.Replace("abca", "-", StringComparison.Ordinal) == await Streamed.RunAsync(pieces, message => message.ReplaceText("abca", "-")), "The text differs.");
    }

    [Fact]
    public void NothingToSearch_IsRefused() => Assert.Throws<ArgumentException>(() => Engine.Flows.FlowResponse.Local(200, default, null).ReplaceText("", "x"));

    private static JsonNode? Mask(JsonNode node)
    {
        if (node is not JsonObject document) return node;
        if (document.ContainsKey("drop")) return null;
        if (document.ContainsKey("secret")) document["secret"] = "***";
        return document;
    }
}
